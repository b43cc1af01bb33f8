// Writes media/tandem.schema.json, with which editors check and complete a `tandem.json`, from the protocol's own
// definition of the solver's settings. With --check it writes nothing and fails when the committed file is stale.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const target = path.join(root, "media/tandem.schema.json");

/** The definitions that one of them needs, by name. */
function reached(name, all, found = {}) {
  if (name in found) return found;
  found[name] = all[name];
  for (const [, next] of JSON.stringify(all[name]).matchAll(/"#\/\$defs\/(\w+)"/g)) reached(next, all, found);
  return found;
}

async function generate() {
  const { $defs } = JSON.parse(await readFile(path.join(root, "agent/src/rpc/protocol.schema.json"), "utf8"));
  const definitions = { ...reached("SolverSettings", $defs), ...reached("ProcessorKind", $defs) };
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "tandem.json",
    description: "How Tandem places a model's ops on GPU and NPU.",
    type: "object",
    additionalProperties: false,
    properties: {
      $schema: { type: "string" },
      solver: { $ref: "#/$defs/SolverSettings" },
      processors: {
        type: "array",
        items: { $ref: "#/$defs/ProcessorKind" },
        uniqueItems: true,
        minItems: 1,
        description: "Processors that run models, the primary first; absent: every one that is ready.",
        defaultSnippets: [{ label: "GPU and NPU", body: ["gpu", "npu"] }],
      },
    },
    $defs: definitions,
  };
  return format(JSON.stringify(schema), { parser: "json", printWidth: 120 });
}

const text = await generate();
if (process.argv.includes("--check")) {
  if ((await readFile(target, "utf8").catch(() => "")) !== text) {
    console.error("media/tandem.schema.json is stale: run `npm run generate` and commit it.");
    process.exitCode = 1;
  }
} else {
  await writeFile(target, text);
}
