// The smallest client of the agent's protocol: requests by name, for measuring only.
import { spawn } from "node:child_process";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node.js";

/** Starts an agent; `request` rejects with the agent's sentence. */
export function startAgent(executable, env = process.env) {
  const child = spawn(executable, ["serve"], { stdio: ["pipe", "pipe", "inherit"], env });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.listen();
  return {
    request: (method, params = {}) => connection.sendRequest(method, params),
    async end() {
      await connection.sendRequest("shutdown", {}).catch(() => undefined);
      connection.dispose();
      child.stdin.end();
      await new Promise((resolve) => (child.exitCode === null ? child.once("exit", resolve) : resolve()));
    },
  };
}

export const hello = { client: { name: "bench", version: "0" }, protocol: 1 };
