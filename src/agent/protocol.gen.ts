// Made by scripts/generate-protocol.mjs from agent/src/rpc/protocol.schema.json. Change that file, not this one.

/**
 * A processor of the device.
 */
export type ProcessorKind = "cpu" | "gpu" | "npu";

/**
 * Every method with the types of its parameters and its result.
 */
export interface Protocol {
  requests: {
    hello: {
      params: HelloParams;
      result: HelloResult;
    };
    "device/status": {
      params: Empty;
      result: DeviceStatusResult;
    };
    "model/load": {
      params: ModelLoadParams;
      result: ModelLoadResult;
    };
    "model/unload": {
      params: ModelRef;
      result: Empty;
    };
    generate: {
      params: GenerateParams;
      result: GenerateResult;
    };
    bench: {
      params: BenchParams;
      result: BenchResult;
    };
    shutdown: {
      params: Empty;
      result: Empty;
    };
  };
  agentNotifications: {
    progress: ProgressParams;
    "generate/token": TokenParams;
    "trace/chunk": TraceChunkParams;
    log: LogParams;
  };
  clientNotifications: {
    "$/cancelRequest": CancelParams;
  };
  errorData: ErrorData;
}
/**
 * First request of every session.
 */
export interface HelloParams {
  /**
   * Who asks.
   */
  client: {
    name: string;
    version: string;
  };
  /**
   * Protocol version of the client.
   */
  protocol: number;
}
/**
 * What this agent is and has.
 */
export interface HelloResult {
  /**
   * The program.
   */
  agent: {
    version: string;
    /**
     * For example linux-x64, linux-arm64, android-arm64.
     */
    target: string;
    /**
     * Compiler and build type.
     */
    build: string;
    /**
     * SHA-256 of the executable, hex; empty where it cannot be read.
     */
    executableHash: string;
  };
  protocol: number;
  pid: number;
  device: DeviceFacts;
  processors: Processor[];
  /**
   * Sentences a user should see, e.g. why this build is CPU-only.
   */
  notes: string[];
}
/**
 * What the agent sees of the machine it runs on.
 */
export interface DeviceFacts {
  os: string;
  arch: "x86_64" | "aarch64";
  /**
   * Name of the CPU as the system gives it.
   */
  cpu: string;
  cores: Core[];
  memoryBytes: number;
  memoryAvailableBytes: number;
  pageBytes: number;
}
/**
 * One CPU core.
 */
export interface Core {
  id: number;
  /**
   * 0 where the system does not say.
   */
  maxKhz: number;
  /**
   * True for cores that the agent's threads may use.
   */
  big: boolean;
}
/**
 * A processor and why it can or cannot be used.
 */
export interface Processor {
  kind: ProcessorKind;
  /**
   * For example "AMD EPYC, AVX-512 VNNI".
   */
  name: string;
  state: "ready" | "missing" | "broken";
  role: "primary" | "co-processor" | "none";
  /**
   * One sentence; null exactly when ready.
   */
  reason: string | null;
  /**
   * Instruction sets or capabilities in use.
   */
  features: string[];
  /**
   * Worker threads; 0 where that has no meaning.
   */
  threads: number;
}
/**
 * No fields.
 */
export interface Empty {}
/**
 * Values that change.
 */
export interface DeviceStatusResult {
  memoryAvailableBytes: number;
  /**
   * Resident set of the agent.
   */
  agentMemoryBytes: number;
  agentPeakMemoryBytes: number;
  /**
   * Empty where the system shows none.
   */
  temperatures: Temperature[];
  /**
   * Current clock of each core; 0 where not shown.
   */
  clocksKhz: number[];
  /**
   * Method of the request that is running, or null.
   */
  busy: string | null;
}
/**
 * One thermal zone.
 */
export interface Temperature {
  zone: string;
  celsius: number;
}
/**
 * Load a GGUF file.
 */
export interface ModelLoadParams {
  path: string;
  /**
   * Tokens of KV cache; 0: the model's own, at most 4096.
   */
  contextLength?: number;
  /**
   * 0: one per big core.
   */
  threads?: number;
  /**
   * Kernel family; refused where the CPU lacks it.
   */
  isa?: "auto" | "scalar" | "avx2" | "avx512vnni" | "neon" | "dotprod" | "i8mm";
}
/**
 * A loaded model.
 */
export interface ModelLoadResult {
  modelId: number;
  name: string;
  family: "llama" | "qwen2" | "qwen3";
  parameters: number;
  /**
   * Tensor type name to bytes in the file.
   */
  weightBytesByType: {
    [k: string]: number;
  };
  layers: number;
  contextLength: number;
  trainedContextLength: number;
  vocabularySize: number;
  chatTemplate: string | null;
  bos: SpecialToken | null;
  eos: SpecialToken | null;
  memory: MemoryUse;
  loadMs: number;
  repackMs: number;
  threads: number;
  isa: string;
  /**
   * Sentences a user should see.
   */
  notes: string[];
}
/**
 * A token with a role.
 */
export interface SpecialToken {
  id: number;
  text: string;
}
/**
 * Bytes by purpose; nothing is counted twice.
 */
export interface MemoryUse {
  /**
   * Used in place from the file.
   */
  weightsMapped: number;
  /**
   * Copied once into the processor's layout; the file's pages are released.
   */
  weightsRepacked: number;
  kvCache: number;
  activations: number;
  tokenizer: number;
  total: number;
}
/**
 * A loaded model.
 */
export interface ModelRef {
  modelId: number;
}
/**
 * Continue a prompt.
 */
export interface GenerateParams {
  modelId: number;
  /**
   * Names this run in notifications.
   */
  runId: string;
  /**
   * Text, the chat template already applied.
   */
  prompt: string;
  /**
   * Read special tokens such as <|user|> in the prompt as tokens, not text. Default true.
   */
  parseSpecial?: boolean;
  /**
   * auto: as the model's file says, unless the prompt starts with it.
   */
  addBos?: "auto" | "always" | "never";
  maxTokens: number;
  sampler?: Sampler;
  /**
   * Generation ends before the first of these.
   */
  stop?: string[];
  trace?: TraceParams | null;
}
/**
 * How the next token is chosen. Temperature 0 is greedy.
 */
export interface Sampler {
  temperature?: number;
  /**
   * 0: off.
   */
  topK?: number;
  /**
   * 1: off.
   */
  topP?: number;
  /**
   * 0: off.
   */
  minP?: number;
  /**
   * 1: off.
   */
  repetitionPenalty?: number;
  /**
   * Tokens looked back.
   */
  repetitionWindow?: number;
  seed?: number;
}
/**
 * Record a Perfetto trace of this run.
 */
export interface TraceParams {
  /**
   * Size of the event ring; when it is full, later events are counted as lost.
   */
  bufferBytes?: number;
  /**
   * JSON text that the trace carries as it is: what the host knows of the run.
   */
  context?: string;
}
/**
 * A finished or stopped run; partial output is kept.
 */
export interface GenerateResult {
  text: string;
  finish: "end-token" | "stop-string" | "max-tokens" | "context-full" | "cancelled" | "processor-failed";
  /**
   * One sentence where the run did not end by itself.
   */
  finishDetail: string | null;
  stats: GenerateStats;
  ranOn: RanOn[];
  trace: TraceReport | null;
}
/**
 * All measured on the device.
 */
export interface GenerateStats {
  promptTokens: number;
  generatedTokens: number;
  /**
   * Prompt tokens that were in the KV cache already.
   */
  cachedTokens: number;
  timeToFirstTokenMs: number;
  prefillMs: number;
  prefillTokensPerSecond: number;
  decodeMs: number;
  /**
   * 0 where fewer than two tokens were made.
   */
  decodeTokensPerSecond: number;
  peakMemoryBytes: number;
}
/**
 * What one processor did in this run.
 */
export interface RanOn {
  processor: ProcessorKind;
  /**
   * Executed ops.
   */
  ops: number;
  /**
   * Busy time, measured.
   */
  ns: number;
  /**
   * Part of the busy time of all processors, 0 to 1.
   */
  share: number;
}
/**
 * The trace of this run.
 */
export interface TraceReport {
  bytes: number;
  events: number;
  lost: number;
  /**
   * Measured cost of recording, in percent of the run.
   */
  overheadPercent: number;
}
/**
 * Measure rates as llama-bench does.
 */
export interface BenchParams {
  modelId: number;
  /**
   * Prompt lengths.
   */
  prefill: number[];
  /**
   * Numbers of generated tokens.
   */
  decode: number[];
  repetitions?: number;
  warmUp?: boolean;
}
/**
 * Measured rates.
 */
export interface BenchResult {
  rows: BenchRow[];
}
/**
 * One test.
 */
export interface BenchRow {
  /**
   * pp256, tg32
   */
  test: string;
  tokens: number;
  /**
   * Tokens per second of each repetition.
   */
  samples: number[];
  median: number;
  mean: number;
  deviation: number;
  ranOn: RanOn[];
}
/**
 * Sent at least once a second while a request works.
 */
export interface ProgressParams {
  requestId: number | string;
  /**
   * open, repack, prefill, decode, warm-up, measure
   */
  stage: string;
  done: number;
  /**
   * 0 where unknown.
   */
  total: number;
  unit: "bytes" | "tokens" | "steps";
}
/**
 * Text that became final. Always whole UTF-8 characters.
 */
export interface TokenParams {
  runId: string;
  index: number;
  token: number;
  text: string;
  /**
   * Since the request arrived.
   */
  ms: number;
}
/**
 * A piece of the run's trace, in order.
 */
export interface TraceChunkParams {
  runId: string;
  sequence: number;
  last: boolean;
  base64: string;
}
/**
 * A line for the log.
 */
export interface LogParams {
  level: "error" | "warning" | "info" | "debug";
  message: string;
}
/**
 * Stop a request. It still answers.
 */
export interface CancelParams {
  id: number | string;
}
/**
 * Beside every JSON-RPC error's message.
 */
export interface ErrorData {
  /**
   * Stable, e.g. gguf-truncated.
   */
  code: string;
  /**
   * Values that the sentence speaks of.
   */
  context: {
    [k: string]: string;
  };
}

export const protocolVersion = 1;
