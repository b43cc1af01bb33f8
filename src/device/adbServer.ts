import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { cancelled } from "../base/cancel";
import { failure, type Result, success } from "../base/result";
import { sentence } from "./text";

export interface AdbAddress {
  readonly host: string;
  readonly port: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where the adb server listens: the setting (`host:port`), else ADB_SERVER_SOCKET (`tcp:host:port` or `tcp:port`),
 * else ANDROID_ADB_SERVER_ADDRESS and ANDROID_ADB_SERVER_PORT, else 127.0.0.1:5037. adb itself reads these variables.
 */
export function adbAddress(setting: string, environment: Environment): Result<AdbAddress> {
  const written = setting.trim() === "" ? (environment["ADB_SERVER_SOCKET"] ?? "") : setting.trim();
  if (written !== "") {
    const match = /^(?:tcp:)?(?:(\[[^\]]+\]|[^:\s]+):)?(\d{1,5})$/.exec(written);
    const port = Number(match?.[2]);
    if (match === null || port < 1 || port > 65535) return failure("adb-address", sentence.adbAddress(written));
    return success({ host: match[1]?.replace(/^\[|\]$/g, "") ?? "127.0.0.1", port });
  }
  const port = environment["ANDROID_ADB_SERVER_PORT"] ?? "5037";
  if (!/^\d{1,5}$/.test(port)) return failure("adb-address", sentence.adbAddress(port));
  return success({ host: environment["ANDROID_ADB_SERVER_ADDRESS"] ?? "127.0.0.1", port: Number(port) });
}

/** The adb program: the setting, else PATH, else the Android SDK's platform tools. Undefined where there is none. */
export async function findAdb(setting: string, environment: Environment): Promise<string | undefined> {
  const name = process.platform === "win32" ? "adb.exe" : "adb";
  const written = setting.trim();
  if (written.includes(path.sep)) return (await isExecutable(written)) ? written : undefined;
  const search = (environment["PATH"] ?? environment["Path"] ?? "").split(path.delimiter).filter((item) => item !== "");
  const sdks = [environment["ANDROID_HOME"], environment["ANDROID_SDK_ROOT"]].filter((item) => item !== undefined);
  const places = [...search, ...sdks.map((sdk) => path.join(sdk, "platform-tools"))];
  for (const place of places) {
    const file = path.join(place, written === "" ? name : written);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

/** Starts a server only where none listens and only on this computer. One that runs is never ended or replaced. */
export async function ensureServer(
  address: AdbAddress,
  adbPath: string | undefined,
  environment: Environment,
  signal: AbortSignal,
): Promise<Result<void>> {
  if (signal.aborted) return cancelled();
  if (await listens(address)) return success();
  const where = `${address.host}:${address.port}`;
  if (!isLoopback(address.host)) return failure("adb-server", sentence.adbServerUnreachable(where));
  if (adbPath === undefined) return failure("adb-missing", sentence.adbMissing());
  const problem = await new Promise<Error | null>((resolve) => {
    const args = ["-P", String(address.port), "start-server"];
    // The server inherits the environment; these two would make it listen elsewhere.
    const env = { ...environment, ADB_SERVER_SOCKET: undefined, ANDROID_ADB_SERVER_ADDRESS: undefined };
    execFile(adbPath, args, { env, signal }, resolve);
  });
  if (problem === null) return success();
  if (problem.name === "AbortError") return cancelled();
  return failure("adb-server", sentence.adbServerFailed(where), { reason: problem.message });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function listens(address: AdbAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ ...address, timeout: 3000 });
    const answer = (found: boolean) => (): void => {
      socket.destroy();
      resolve(found);
    };
    socket.once("connect", answer(true)).once("error", answer(false)).once("timeout", answer(false));
  });
}
