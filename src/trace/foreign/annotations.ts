import { Tag } from "../proto";
import { ByteWriter } from "./bytes";
import { Texts } from "./texts";

/** Depth to which nested values are kept as they are; below, and for lists, they become their JSON. */
const deepest = 3;
/** Of one value, in characters. */
const longestText = 4096;
/** Longer texts are seldom the same twice. */
const longestInterned = 64;

/** Encodes what events carry as debug annotations, names and short texts interned. */
export class AnnotationEncoder {
  readonly names = new Texts();
  readonly strings = new Texts(1 << 16);
  private readonly out = new ByteWriter(1 << 16);
  private readonly parts = Array.from({ length: deepest + 1 }, () => new ByteWriter(256));

  /** Appends all entries of `values`; returns where their bytes begin. They end where the next ones begin. */
  encode(values: Readonly<Record<string, unknown>>): number {
    const at = this.out.length;
    for (const name of Object.keys(values)) this.entry(this.out, Tag.eventAnnotation, name, values[name], 0);
    return at;
  }

  get length(): number {
    return this.out.length;
  }

  view(from: number, to: number): Uint8Array {
    return this.out.view(from, to);
  }

  private entry(to: ByteWriter, tag: number, name: string, value: unknown, depth: number): void {
    if (value === null || value === undefined) return;
    const part = this.parts[depth] as ByteWriter;
    part.length = 0;
    const id = this.names.numberOf(name);
    part.number(Tag.annotationNameId, id);
    this.value(part, value, depth);
    to.message(tag, part.view());
  }

  private value(to: ByteWriter, value: unknown, depth: number): void {
    if (typeof value === "boolean") to.number(Tag.annotationBool, value ? 1 : 0);
    else if (typeof value === "number") {
      if (!Number.isSafeInteger(value)) to.double(Tag.annotationDouble, value);
      else if (value >= 0) to.number(Tag.annotationUint, value);
      else to.signed(Tag.annotationInt, value);
    } else if (typeof value === "string") this.text(to, value);
    else if (typeof value === "object" && value !== null && !Array.isArray(value) && depth < deepest) {
      const entries = value as Readonly<Record<string, unknown>>;
      for (const name of Object.keys(entries)) this.entry(to, Tag.annotationEntries, name, entries[name], depth + 1);
    } else to.text(Tag.annotationJson, clip(JSON.stringify(value)));
  }

  private text(to: ByteWriter, value: string): void {
    const id = value.length <= longestInterned ? this.strings.numberOf(value) : 0;
    if (id > 0) to.number(Tag.annotationStringId, id);
    else to.text(Tag.annotationString, clip(value));
  }
}

const clip = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)}…` : text);
