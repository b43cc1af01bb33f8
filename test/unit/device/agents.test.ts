import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { adbAddress, findAdb } from "../../../src/device/adbServer";
import { chooseAgent } from "../../../src/device/agentChoice";
import { BlockHashes, blockBytes, createBlockHasher, hexOf } from "../../../src/device/blockHashes";
import { readProgram } from "../../../src/device/elf";

const never = new AbortController().signal;
let folder: string;

beforeEach(async () => void (folder = await mkdtemp(path.join(os.tmpdir(), "tandem-unit-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The smallest file that has an ELF header, and one program header when there is a loader. */
function elf(machine: number, loader?: string): Buffer {
  const file = Buffer.alloc(256);
  file.writeUInt32BE(0x7f454c46, 0);
  file.set([2, 1, 1], 4);
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(loader === undefined ? 0 : 1, 56);
  if (loader === undefined) return file;
  file.writeUInt32LE(3, 64);
  file.writeBigUInt64LE(128n, 64 + 8);
  file.writeBigUInt64LE(BigInt(loader.length + 1), 64 + 32);
  file.write(loader, 128);
  return file;
}

async function place(name: string, bytes: Buffer): Promise<string> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
  return file;
}

describe("program headers", () => {
  it("tell machine and loader, and are refused where they are none", async () => {
    const android = await place("a", elf(183, "/system/bin/linker64"));
    assert.deepEqual(await readProgram(android), { machine: "aarch64", loader: "/system/bin/linker64" });
    assert.deepEqual(await readProgram(await place("b", elf(62))), { machine: "x86_64" });
    assert.deepEqual(await readProgram(await place("c", elf(243))), { machine: "other" });
    assert.equal(await readProgram(await place("d", Buffer.from("#!/bin/sh"))), undefined);
    const hostile = elf(62, "/x");
    hostile.writeBigUInt64LE(0xffff_ffffn, 32);
    assert.deepEqual(await readProgram(await place("e", hostile)), { machine: "x86_64" });
    assert.deepEqual(
      await readProgram(process.execPath).then((program) => program?.machine),
      { x64: "x86_64", arm64: "aarch64" }[process.arch as string],
    );
  });
});

describe("choice of the agent", () => {
  const phone = { name: "P", abi: "arm64-v8a", isAndroid: true };
  const places = (setting = ""): { setting: string; folder: string } => ({ setting, folder });

  it("prefers the NDK build, and says why the static one is CPU-only", async () => {
    await place("build/linux-arm64/bin/tandem-agent", elf(183));
    const fallback = await chooseAgent(phone, places());
    assert.ok(fallback.ok);
    assert.equal(fallback.value.target, "linux-arm64");
    assert.match(fallback.value.notes[0] ?? "", /CPU-only, because/);
    const ndk = await place("agents/android-arm64/tandem-agent", elf(183, "/system/bin/linker64"));
    const best = await chooseAgent(phone, places());
    assert.deepEqual(best, { ok: true, value: { target: "android-arm64", path: ndk, notes: [] } });
  });

  it("takes a shipped agent before a built one, and the setting before both", async () => {
    const built = await place("build/host-release/bin/tandem-agent", elf(62));
    const device = { name: "V", abi: "x86_64", isAndroid: false };
    const chosen = async (setting?: string): Promise<string> => {
      const choice = await chooseAgent(device, places(setting));
      return choice.ok ? choice.value.path : choice.failure.code;
    };
    assert.equal(await chosen(), built);
    const shipped = await place("agents/linux-x64/tandem-agent", elf(62));
    assert.equal(await chosen(), shipped);
    const own = await place("own", elf(62));
    assert.equal(await chosen(own), own);
    assert.equal(await chosen(await place("arm", elf(183))), "agent-unfit");
    assert.equal(await chosen(await place("text", Buffer.from("no"))), "agent-unfit");
    assert.equal(await chosen(path.join(folder, "absent")), "agent-missing");
  });

  it("refuses what cannot run", async () => {
    const code = async (device: typeof phone): Promise<string> => {
      const choice = await chooseAgent(device, places());
      return choice.ok ? "ok" : choice.failure.code;
    };
    assert.equal(await code({ ...phone, abi: "armeabi-v7a" }), "unsupported");
    assert.equal(await code({ ...phone, abi: "" }), "unsupported");
    assert.equal(await code(phone), "agent-missing");
    await place("build/host-release/bin/tandem-agent", elf(62, "/lib64/ld-linux-x86-64.so.2"));
    assert.equal(await code({ ...phone, abi: "x86_64" }), "unsupported");
    assert.equal(await code({ ...phone, abi: "x86_64", isAndroid: false }), "ok");
  });
});

describe("adb's address and program", () => {
  it("follow the setting, then adb's own variables, then the usual port", () => {
    const address = (setting: string, environment: Record<string, string> = {}): unknown => {
      const found = adbAddress(setting, environment);
      return found.ok ? `${found.value.host} ${found.value.port}` : found.failure.code;
    };
    assert.equal(address(""), "127.0.0.1 5037");
    assert.equal(address("lab:1234", { ADB_SERVER_SOCKET: "tcp:9" }), "lab 1234");
    assert.equal(address("", { ADB_SERVER_SOCKET: "tcp:lab:77" }), "lab 77");
    assert.equal(address("", { ADB_SERVER_SOCKET: "tcp:77" }), "127.0.0.1 77");
    assert.equal(address("", { ADB_SERVER_SOCKET: "tcp:[::1]:77" }), "::1 77");
    assert.equal(address("", { ANDROID_ADB_SERVER_PORT: "99" }), "127.0.0.1 99");
    for (const wrong of ["lab", "lab:0", "lab:70000", "a b:5", "localabstract:x"])
      assert.equal(address(wrong), "adb-address");
  });

  it("is found on the PATH, then in the SDK", async () => {
    const make = async (name: string): Promise<string> => {
      const file = await place(name, Buffer.from("#!/bin/sh\n"));
      await chmod(file, 0o755);
      return file;
    };
    const environment = { PATH: path.join(folder, "bin"), ANDROID_HOME: path.join(folder, "sdk") };
    assert.equal(await findAdb("", environment), undefined);
    const sdk = await make("sdk/platform-tools/adb");
    assert.equal(await findAdb("", environment), sdk);
    const bin = await make("bin/adb");
    assert.equal(await findAdb("", environment), bin);
    assert.equal(await findAdb(sdk, environment), sdk);
    assert.equal(await findAdb(path.join(folder, "absent"), environment), undefined);
  });
});

describe("hashes of a model's blocks", () => {
  it("are XXH64 with seed 0", async () => {
    const hasher = (await createBlockHasher())();
    assert.equal(hexOf(hasher.digest()), "ef46db3751d8e999"); // The empty input, from the XXH64 specification.
    hasher.update(Buffer.from("abc"));
    assert.equal(hexOf(hasher.digest()), "44bc2cf5ad770999");
  });

  it("are remembered on disk until the file changes", async () => {
    const file = await place("model", Buffer.alloc(blockBytes + 5, 1));
    const storage = path.join(folder, "storage");
    const hashes = new BlockHashes(storage);
    const first = await hashes.first(file, 2, never);
    assert.equal(first.length, 2);
    assert.deepEqual(await hashes.first(file, 1, never), first.slice(0, 1));

    await hashes.remember(file, ["shorter is not better"]);
    assert.deepEqual(await new BlockHashes(storage).first(file, 2, never), first);
    await writeFile(file, Buffer.alloc(blockBytes + 5, 2));
    await utimes(file, 1, 1);
    assert.notDeepEqual(await new BlockHashes(storage).first(file, 2, never), first);
  });

  it("are computed again where what was remembered is damaged", async () => {
    const file = await place("model", Buffer.alloc(1000, 1));
    await place("storage/block-hashes.json", Buffer.from('[["x",{}],3,{"a"'));
    const hashes = await new BlockHashes(path.join(folder, "storage")).first(file, 1, never);
    assert.equal(hashes.length, 1);
  });
});
