import { readFile } from "node:fs/promises";
import path from "node:path";

/** Where this Tandem lies: its agents are below this folder. */
export interface Installation {
  readonly folder: string;
  readonly version: string;
}

export async function readInstallation(folder: string): Promise<Installation> {
  const { version } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8")) as {
    readonly version: string;
  };
  return { folder, version };
}
