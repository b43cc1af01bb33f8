// Writes src/agent/protocol.gen.ts from agent/src/rpc/protocol.schema.json, the only definition of the protocol.
// With --check it writes nothing and fails when the committed file is stale.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const source = path.join(root, "agent/src/rpc/protocol.schema.json");
const target = path.join(root, "src/agent/protocol.gen.ts");

const object = (properties) => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

/** One schema whose root names every request and notification, so that the types of all $defs come with it. */
function rootSchema({ requests, notifications, $defs }) {
  const from = (side) =>
    object(
      Object.fromEntries(Object.entries(notifications).flatMap(([m, n]) => (n.from === side ? [[m, n.params]] : []))),
    );
  return {
    ...object({
      requests: object(
        Object.fromEntries(Object.entries(requests).map(([m, { params, result }]) => [m, object({ params, result })])),
      ),
      agentNotifications: from("agent"),
      clientNotifications: from("client"),
      errorData: { $ref: "#/$defs/ErrorData" },
    }),
    description: "Every method with the types of its parameters and its result.",
    $defs,
  };
}

async function generate() {
  const schema = JSON.parse(await readFile(source, "utf8"));
  const types = await compile(rootSchema(schema), "Protocol", {
    additionalProperties: false,
    bannerComment:
      "// Made by scripts/generate-protocol.mjs from agent/src/rpc/protocol.schema.json. Change that file, not this one.",
    style: { printWidth: 120 },
  });
  return `${types.trimEnd()}\n\nexport const protocolVersion = ${schema.version};\n`;
}

const text = await generate();
if (process.argv.includes("--check")) {
  const committed = await readFile(target, "utf8").catch(() => "");
  if (committed !== text) {
    console.error("src/agent/protocol.gen.ts is stale: run `npm run generate` and commit it.");
    process.exitCode = 1;
  }
} else {
  await writeFile(target, text);
}
