// Every failure that the code can name is told in one sentence: read from the sources, so that no code escapes.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { sentence } from "../../src/device/text";
import { interrupted } from "../../src/run/interruption";
import { text } from "../../src/ui/text";
import { assertOneSentence } from "../fixtures/sentence";

interface Told {
  readonly where: string;
  readonly code: string;
  readonly message: string;
}

/** Stands for what is filled in; at the end of a message it is a sentence itself. */
const filled = "x";
const filledLast = "it happened: do this.";

describe("every failure is told in one sentence", function () {
  // All sources are parsed.
  this.timeout(60_000);

  it("on the host, at all places that make one", () => {
    const told = files(["src", "webview"], /(?<!\.gen|\.d)\.ts$/).flatMap(hostFailures);
    assert.ok(told.length > 60, `only ${String(told.length)} were found`);
    check(told);
  });

  it("in the agent, at all places that make one", () => {
    const told = files(["agent/src"], /(?<!_test)\.(cc|h)$/).flatMap(agentFailures);
    assert.ok(told.length > 60, `only ${String(told.length)} were found`);
    check(told);
  });

  it("of devices, deploying and pushing", () => {
    for (const name of Object.keys(sentence)) assertOneSentence(called(sentence[name as keyof typeof sentence]));
  });

  it("of the extension", () => {
    const told = ["noAdb", "virtualPhoneNeedsAdb", "noVirtualPhone", "badAddress", "noRun", "noModel", "noReadyDevice"];
    told.push("modelNotRunnable", "untrusted", "busy", "missingFile", "gone", "stoppedAt", "contextFull", "cutShort");
    for (const name of told) assertOneSentence(called(text[name as keyof typeof text] as never));
  });

  for (const code of ["connection-lost", "agent-crashed", "agent-hung", "agent-garbled"]) {
    it(`of a run that ended with ${code}`, () => {
      const failure = { code, message: "x", context: { exit: "was ended by signal SIGKILL" } };
      for (const deviceName of ["Xiaomi 14", "This computer"]) {
        for (const tokens of [0, 21]) {
          for (const traceKept of [true, false]) {
            assertOneSentence(interrupted(failure, { deviceName, tokens, traceKept }).message);
          }
        }
      }
    });
  }
});

function check(told: readonly Told[]): void {
  const wrong = told.flatMap(({ where, code, message }) => {
    try {
      assertOneSentence(message);
      return [];
    } catch (error) {
      return [`${where} ${code}: ${(error as Error).message}`];
    }
  });
  assert.deepEqual(wrong, []);
}

/** A message made with a text for every name in it and a number for every amount. */
function called(make: (...values: never[]) => string): string {
  const values: (string | number)[] = Array.from({ length: make.length }, (_, index) =>
    index === 0 ? "Xiaomi 14" : 3_060_000_000,
  );
  const reason = make === (sentence.pushRefused as unknown) || make === (text.modelNotRunnable as unknown);
  if (reason) values[1] = filledLast;
  return make(...(values as never[]));
}

function files(folders: readonly string[], fits: RegExp): string[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => fits.test(name))
      .map((name) => path.join(folder, name)),
  );
}

/** `failure(code, message)` and `{ code, message }` where the message is written there. */
function hostFailures(file: string): Told[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const told: Told[] = [];
  const add = (node: ts.Node, code: ts.Expression | undefined, message: ts.Expression | undefined): void => {
    const words = message === undefined ? undefined : written(message);
    if (code === undefined || words === undefined || (!ts.isStringLiteral(code) && !ts.isIdentifier(code))) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    told.push({ where: `${file}:${String(line)}`, code: code.text, message: words });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && /^(failure|no)$/.test(node.expression.text)) {
      if (node.arguments.length > 1) add(node, node.arguments[0], node.arguments[1]);
    } else if (ts.isObjectLiteralExpression(node)) {
      const value = (name: string): ts.Expression | undefined =>
        node.properties.filter(ts.isPropertyAssignment).find((property) => property.name.getText() === name)
          ?.initializer;
      add(node, value("code"), value("message"));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return told;
}

function written(message: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(message)) return message.text;
  if (!ts.isTemplateExpression(message)) return undefined;
  const spans = message.templateSpans;
  const rest = spans.map(({ literal }, index) => {
    const last = index === spans.length - 1 && literal.text === "";
    return (last ? filledLast : filled) + literal.text;
  });
  return message.head.text + rest.join("");
}

/** What follows `ErrorCode::kName,`: literals joined by expressions, as far as the next comma or bracket outside. */
function agentFailures(file: string): Told[] {
  const source = readFileSync(file, "utf8");
  return [...source.matchAll(/(damaged\()?ErrorCode::k(\w+),/g)].flatMap((match) => {
    // damaged() of the GGUF parser ends the sentence; its hostile_test checks that.
    const end = match[1] === undefined ? "" : ".";
    const message = joined(source.slice(match.index + match[0].length, match.index + 2000));
    const line = source.slice(0, match.index).split("\n").length;
    return message === undefined
      ? []
      : [{ where: `${file}:${String(line)}`, code: match[2] ?? "", message: message + end }];
  });
}

function joined(source: string): string | undefined {
  let message = "";
  let literals = 0;
  let depth = 0;
  let open = false;
  let last = "";
  for (const [token, literal] of source.matchAll(/"((?:[^"\\]|\\.)*)"|\/\/[^\n]*|[(){}[\],;]|[^\s"(){}[\],;/]+|\//g)) {
    if (token.startsWith("//")) continue;
    if (depth === 0 && /^[,;)}\]]$/.test(token)) break;
    if (/^[({[]$/.test(token)) depth++;
    else if (/^[)}\]]$/.test(token)) depth--;
    if (literal !== undefined && depth === 0) {
      message += (open ? filled : "") + literal.replace(/\\(.)/g, "$1");
      literals++;
      open = false;
    } else if (token !== "+") open = true;
    last = token;
  }
  if (literals === 0 || last === ":") return undefined;
  return open ? `${message}${filledLast}` : message;
}
