import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ModelLibrary } from "../../../src/model/library";
import { ggufFile, tinyLlama } from "./gguf";

describe("ModelLibrary", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), "tandem-library-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const put = async (name: string, bytes: Uint8Array): Promise<string> => {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, bytes);
    return file;
  };

  it("lists what is readable and what is not, sorted by name", async () => {
    await put("b/broken.gguf", Buffer.from("nothing of the kind"));
    await put("a/deep/tiny.gguf", ggufFile(tinyLlama()));
    await put("a/deep/too/far/down.gguf", ggufFile(tinyLlama()));
    await put("split-00001-of-00002.gguf", ggufFile(tinyLlama({ "general.name": "Split", "split.count": 2 })));
    await put("split-00002-of-00002.gguf", ggufFile(tinyLlama()));
    await put("notes.txt", Buffer.from("x"));
    const library = new ModelLibrary({ folders: [folder] });
    await library.refresh();
    const rows = library.models.map((model) => [path.basename(model.path), model.failure?.code ?? model.verdict?.runs]);
    assert.deepEqual(rows, [
      ["broken.gguf", "gguf-bad-magic"],
      ["split-00001-of-00002.gguf", false],
      ["tiny.gguf", true],
    ]);
    library.dispose();
  });

  it("says which folder is missing", async () => {
    const library = new ModelLibrary({ folders: [path.join(folder, "gone")] });
    await library.refresh();
    assert.deepEqual(library.models, []);
    assert.equal(library.problems[0]?.code, "folder-not-found");
    library.dispose();
  });

  it("reads a header again only when the file changed", async () => {
    const file = await put("tiny.gguf", ggufFile(tinyLlama()));
    const cacheFile = path.join(folder, "cache", "models.json");
    const first = new ModelLibrary({ folders: [folder], cacheFile });
    await first.refresh();
    const [before] = first.models;
    await first.refresh();
    assert.equal(first.models[0], before);
    first.dispose();

    // A cached name that the file does not have shows that the cache was used.
    const text = await readFile(cacheFile, "utf8");
    await writeFile(cacheFile, text.replace('"name":"Tiny"', '"name":"Kept"'));
    const second = new ModelLibrary({ folders: [folder], cacheFile });
    await second.refresh();
    assert.equal(second.models[0]?.header?.name, "Kept");
    await utimes(file, new Date(), new Date(Date.now() + 5000));
    await second.refresh();
    assert.equal(second.models[0].header.name, "Tiny");
    second.dispose();
  });

  it("does without a damaged cache", async () => {
    await put("tiny.gguf", ggufFile(tinyLlama()));
    const cacheFile = await put("cache.json", Buffer.from("{"));
    const library = new ModelLibrary({ folders: [folder], cacheFile });
    await library.refresh();
    assert.equal(library.models.length, 1);
    library.dispose();
  });

  it("notices a new file while it watches", async function () {
    this.timeout(20_000);
    const library = new ModelLibrary({ folders: [folder] });
    await library.refresh();
    library.watch();
    const changed = new Promise<void>((resolve) => {
      library.onDidChange(() => library.models.length === 1 && resolve());
    });
    await put("tiny.gguf", ggufFile(tinyLlama()));
    await changed;
    library.dispose();
  });
});
