// Speaks the protocol up to the second token of an answer, then does what it was told: hang, garble, exit or crash.
import process from "node:process";

const misbehaviour = process.argv[2];
const send = (frame) => {
  const text = JSON.stringify({ jsonrpc: "2.0", ...frame });
  process.stdout.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
};
const hello = {
  agent: { version: "0", target: "linux-x64", build: "bad", executableHash: "" },
  protocol: 1,
  pid: process.pid,
  device: { os: "x", arch: "x86_64", cpu: "x", cores: [], memoryBytes: 2e12, memoryAvailableBytes: 1e12, pageBytes: 4096 },
  processors: [],
  notes: [],
};
const status = {
  memoryAvailableBytes: 1e12,
  agentMemoryBytes: 1,
  agentPeakMemoryBytes: 1,
  temperatures: [],
  clocksKhz: [],
  busy: null,
};
const memory = { weightsMapped: 0, weightsRepacked: 0, kvCache: 0, activations: 0, tokenizer: 0, total: 0 };
const loaded = { modelId: 1, contextLength: 512, threads: 1, isa: "scalar", notes: [], memory };

function misbehave() {
  switch (misbehaviour) {
    case "garble":
      return process.stdout.write("*** stack smashing detected ***\n");
    case "exit":
      return process.exit(42);
    case "crash":
      return process.kill(process.pid, "SIGSEGV");
    default: // hang: says nothing more
  }
}

function answer({ id, method, params }) {
  switch (method) {
    case "hello":
      return send({ id, result: hello });
    case "device/status":
      return send({ id, result: status });
    case "model/load":
      return send({ id, result: loaded });
    case "generate":
      for (const [index, text] of ["Half ", "an answer"].entries()) {
        send({ method: "generate/token", params: { runId: params.runId, index, token: index, text, ms: index } });
      }
      return misbehave();
  }
}

let buffer = Buffer.alloc(0);
process.stdin.on("data", (bytes) => {
  buffer = Buffer.concat([buffer, bytes]);
  for (;;) {
    const end = buffer.indexOf("\r\n\r\n");
    const length = Number(/content-length: (\d+)/i.exec(buffer.toString("latin1", 0, Math.max(end, 0)))?.[1]);
    if (end < 0 || buffer.length < end + 4 + length) return;
    const body = buffer.toString("utf8", end + 4, end + 4 + length);
    buffer = buffer.subarray(end + 4 + length);
    answer(JSON.parse(body));
  }
});
