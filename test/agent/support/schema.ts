import Ajv, { type ValidateFunction } from "ajv";
import { readFileSync } from "node:fs";
import path from "node:path";
import { assertOneSentence } from "../../fixtures/sentence";

interface Schema {
  readonly requests: Readonly<Record<string, { readonly params: Reference; readonly result: Reference }>>;
  readonly notifications: Readonly<Record<string, { readonly from: "agent" | "client"; readonly params: Reference }>>;
  readonly $defs: object;
}
interface Reference {
  readonly $ref: string;
}

/** A frame as it was on the wire. */
export interface Frame {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** Checks every frame of one conversation, both directions, against protocol.schema.json. */
export class FrameValidator {
  readonly violations: string[] = [];
  frames = 0;
  private readonly schema: Schema;
  private readonly ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly methods = new Map<number | string, string>();

  constructor() {
    this.schema = JSON.parse(readFileSync(path.resolve("agent/src/rpc/protocol.schema.json"), "utf8")) as Schema;
    this.ajv.addSchema({ $id: "protocol", $defs: this.schema.$defs });
  }

  /** `lenient`: the test sends something wrong on purpose, so only the agent's side is judged. */
  fromClient(frame: Frame, lenient = false): void {
    this.frames++;
    const { id, method = "" } = frame;
    if (id !== undefined && id !== null) this.methods.set(id, method);
    if (lenient) return;
    const notification = this.schema.notifications[method];
    const expected = id === undefined ? (notification?.from === "client" ? notification.params : undefined) : this.schema.requests[method]?.params;
    this.check(`client ${method}`, expected, frame.params);
  }

  fromAgent(frame: Frame): void {
    this.frames++;
    if ((frame as { jsonrpc?: unknown }).jsonrpc !== "2.0") this.violations.push("agent frame without jsonrpc 2.0");
    if (frame.method !== undefined) {
      const notification = this.schema.notifications[frame.method];
      const expected = notification?.from === "agent" ? notification.params : undefined;
      this.check(`agent ${frame.method}`, expected, frame.params);
      return;
    }
    const method = frame.id === null || frame.id === undefined ? undefined : this.methods.get(frame.id);
    if (frame.error !== undefined) {
      this.check(`error of ${method ?? "an unreadable frame"}`, { $ref: "#/$defs/ErrorData" }, frame.error.data);
      try {
        assertOneSentence(frame.error.message);
      } catch (error) {
        this.violations.push((error as Error).message);
      }
    } else {
      this.check(`result of ${method}`, this.schema.requests[method ?? ""]?.result, frame.result);
    }
  }

  private check(what: string, expected: Reference | undefined, value: unknown): void {
    if (expected === undefined) {
      this.violations.push(`${what}: the schema does not know it`);
      return;
    }
    const validate = this.validators.get(expected.$ref) ?? this.ajv.compile({ $ref: `protocol${expected.$ref}` });
    this.validators.set(expected.$ref, validate);
    const text = JSON.stringify(value ?? null).slice(0, 300);
    if (!validate(value)) this.violations.push(`${what}: ${this.ajv.errorsText(validate.errors)} in ${text}`);
  }
}
