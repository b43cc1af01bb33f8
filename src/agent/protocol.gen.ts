// Made by scripts/generate-protocol.mjs from agent/src/rpc/protocol.schema.json. Change that file, not this one.

/**
 * A processor of the device.
 */
export type ProcessorKind = "cpu" | "gpu" | "npu";
/**
 * How one matmul is placed.
 */
export type Strategy = "cpu" | "gpu" | "npu" | "pad" | "weight" | "activation" | "hybrid";
/**
 * Measured on the device that is named, or modeled from a description of it.
 */
export type Origin = "measured" | "modeled";
/**
 * Why a placement won.
 */
export type Cause =
  | "not-a-matmul"
  | "no-npu"
  | "fastest"
  | "least-energy"
  | "bandwidth-adds"
  | "npu-slow-on-this-shape"
  | "below-npu-minimum"
  | "join-not-worth-it"
  | "graph-budget-spent"
  | "gpu-share-cap"
  | "strategy-not-allowed"
  | "type-not-on-npu"
  | "npu-refused-shape"
  | "override";
/**
 * Engine that is simulated: tensor-level (the plan), layer-level, one processor alone.
 */
export type Engine = "tensor" | "layer" | "gpu" | "npu";

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
    "profile/run": {
      params: ProfileRunParams;
      result: ProfileRunResult;
    };
    "profile/curves": {
      params: ProfileCurvesParams;
      result: ProfileCurvesResult;
    };
    "plan/solve": {
      params: PlanSolveParams;
      result: PlanSolveResult;
    };
    simulate: {
      params: SimulateParams;
      result: SimulateResult;
    };
    "model/replan": {
      params: ReplanParams;
      result: ReplanResult;
    };
    verify: {
      params: VerifyParams;
      result: VerifyResult;
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
  /**
   * Processors that run it, the primary first; empty or absent: what the agent would choose, which hello tells.
   */
  processors?: ProcessorKind[];
  settings?: SolverSettings;
  costs?: CostSource;
}
/**
 * Settings of the partition solver; what is absent has its default.
 */
export interface SolverSettings {
  /**
   * Strategies that may be chosen, all unless given; the primary alone always may.
   */
  strategies?: Strategy[];
  /**
   * Lengths in tokens at which the NPU has compiled graphs, ascending.
   */
  standardLengths?: number[];
  /**
   * Rows by which a weight's split between GPU and NPU moves; 32 unless given.
   */
  rowStep?: number;
  /**
   * Steps of fewer tokens never go to the NPU; 1 unless given.
   */
  minNpuTokens?: number;
  /**
   * Most NPU graph runs of one activation split; 4 unless given.
   */
  maxPieces?: number;
  /**
   * Most compiled NPU graphs in all; 2048 unless given.
   */
  maxGraphs?: number;
  /**
   * Most bytes of all compiled graphs with their weights; 0: three times the model's weights as the NPU holds them, which holds unless given.
   */
  maxGraphBytes?: number;
  /**
   * Most milliseconds to compile all graphs, as predicted; 0: no bound; 120000 unless given.
   */
  maxCompileMs?: number;
  /**
   * Part of a step's time that the GPU may be busy, above 0 and at most 1, so that the screen stays smooth; 1 unless given.
   */
  gpuShareCap?: number;
  /**
   * How one processor waits for the other: fast sleeps as long as predicted and polls a flag, driver blocks in the driver; fast unless given.
   */
  sync?: "fast" | "driver";
  /**
   * What is made least: time or energy; latency unless given.
   */
  objective?: "latency" | "energy";
  /**
   * Ops that are placed as these say; where several match one, the last holds.
   */
  overrides?: PlanOverride[];
}
/**
 * Ops whose name matches are placed so.
 */
export interface PlanOverride {
  /**
   * An op's name; * matches any run of characters: blk.*.ffn_down.
   */
  pattern: string;
  strategy: Strategy;
  /**
   * Of the rows, 0 to 1, for weight and hybrid; 0: the solver chooses.
   */
  npuShare?: number;
}
/**
 * What stands behind predicted times: a SoC description or a measured profile.
 */
export interface CostSource {
  /**
   * A description that comes with the agent: snapdragon-8-gen-3, ...
   */
  soc?: string;
  /**
   * A description of one's own.
   */
  socFile?: string;
  /**
   * A profile file on the device.
   */
  profile?: string;
  /**
   * A profile or a SoC description itself, as its file has it.
   */
  inline?: {
    [k: string]: unknown;
  };
}
/**
 * A loaded model.
 */
export interface ModelLoadResult {
  modelId: number;
  name: string;
  family: "llama" | "qwen2" | "qwen3" | "internlm2" | "phi3" | "gemma2" | "gemma3";
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
  /**
   * Those that run it.
   */
  processors: Processor[];
  /**
   * Null where only one processor runs.
   */
  plan: Plan | null;
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
  /**
   * Compiled NPU graphs with their weights.
   */
  npuGraphs: number;
}
/**
 * Which processor runs which part of every op, and why.
 */
export interface Plan {
  settings: SolverSettings;
  origin: Origin;
  /**
   * The profile or SoC description behind the times.
   */
  costModel: string;
  primary: ProcessorKind;
  hasNpu: boolean;
  ops: PlanOp[];
  placements: Placement[];
  lengths: LengthPlan[];
  /**
   * NPU graphs to compile.
   */
  graphs: number;
  graphBytes: number;
  /**
   * Predicted, of all graphs.
   */
  compileMs: number;
  notes: string[];
}
/**
 * An op of the graph.
 */
export interface PlanOp {
  /**
   * blk.7.ffn_down
   */
  name: string;
  layer: number | null;
  /**
   * As in traces: matmul, norm, ...
   */
  kind: string;
  /**
   * Tensor type of its weight.
   */
  type: string | null;
  /**
   * Output features.
   */
  n: number;
  /**
   * Input features.
   */
  k: number;
}
/**
 * How an op is placed, and what lost.
 */
export interface Placement {
  chosen: Candidate;
  cause: Cause;
  /**
   * Best first, at most one of each strategy.
   */
  lost: Candidate[];
}
/**
 * One way to place one matmul at one length.
 */
export interface Candidate {
  strategy: Strategy;
  /**
   * Output features that the NPU computes, the last ones; all for npu, pad and activation.
   */
  npuRows: number;
  /**
   * Tokens of the NPU graphs that run, in order; the tokens behind them go to the primary.
   */
  pieces: number[];
  /**
   * Predicted; 0 where the primary has no part.
   */
  primaryUs: number;
  /**
   * Predicted; 0 where the NPU has no part.
   */
  npuUs: number;
  /**
   * Joins and copies that the op pays.
   */
  syncUs: number;
  /**
   * The larger of the two, plus syncUs.
   */
  totalUs: number;
  /**
   * True where a cost was computed from other shapes.
   */
  predicted: boolean;
}
/**
 * The placements of all ops for steps of first to last tokens.
 */
export interface LengthPlan {
  first: number;
  last: number;
  /**
   * Where it was solved.
   */
  length: number;
  /**
   * Of each op, an index into placements.
   */
  placement: number[];
  /**
   * Predicted time of the whole step.
   */
  stepUs: number;
  primaryBusyUs: number;
  npuBusyUs: number;
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
  /**
   * What happened on the way, e.g. that the NPU failed and the GPU went on alone.
   */
  notes: string[];
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
 * Measure a loaded model's shapes on each processor.
 */
export interface ProfileRunParams {
  modelId: number;
  /**
   * Where the profile is kept; an unfinished one there is continued. Absent: beside the agent.
   */
  path?: string;
  /**
   * Stop after about this time, with what is measured; 0: all of it.
   */
  budgetMs?: number;
}
/**
 * A profile.
 */
export interface ProfileRunResult {
  path: string;
  /**
   * Measured shapes, all of them.
   */
  samples: number;
  /**
   * Cross-validated error of predicted shapes; null where too few were measured.
   */
  errorPercent: {
    gpu: number | null;
    npu: number | null;
    cpu: number | null;
  };
  elapsedMs: number;
  device: string;
  notes: string[];
  /**
   * False: shapes are still missing, and are predicted.
   */
  complete: boolean;
}
/**
 * What matmuls cost over the number of tokens; no processor runs. Overrides of the settings name ops, so that none holds.
 */
export interface ProfileCurvesParams {
  costs: CostSource;
  /**
   * At most 64.
   */
  matmuls: CurveMatmul[];
  /**
   * At most 1024 lengths of steps, each from 1 to 4096.
   */
  tokens: number[];
  settings?: SolverSettings;
  /**
   * With the candidates that lost; default false.
   */
  candidates?: boolean;
}
/**
 * A matmul's weight.
 */
export interface CurveMatmul {
  /**
   * Output features.
   */
  n: number;
  /**
   * Input features.
   */
  k: number;
  /**
   * Tensor type: Q4_0.
   */
  type: string;
}
/**
 * Curves, in the order of the matmuls.
 */
export interface ProfileCurvesResult {
  origin: Origin;
  /**
   * Of the profile or the description.
   */
  name: string;
  /**
   * False: the description holds assumed figures.
   */
  calibrated: boolean;
  primary: ProcessorKind;
  hasNpu: boolean;
  /**
   * Null where a description stands behind the times.
   */
  measured: MeasuredCosts | null;
  curves: ProfileCurve[];
}
/**
 * What a profile knows.
 */
export interface MeasuredCosts {
  /**
   * Matmuls that were run.
   */
  samples: number;
  /**
   * Half the distance of the quartiles by the median: 0.02.
   */
  medianSpread: number;
}
/**
 * One matmul; one entry for each length.
 */
export interface ProfileCurve {
  /**
   * The primary alone.
   */
  primaryUs: number[];
  /**
   * Indices of the lengths that were measured; the others are predicted from these.
   */
  primaryMeasured: number[];
  /**
   * The NPU alone at exactly this length; null where it cannot have this weight.
   */
  npuUs: number[] | null;
  /**
   * As primaryMeasured.
   */
  npuMeasured: number[];
  /**
   * As the solver would place the matmul by itself, with both of its joins.
   */
  placements: Placement[];
}
/**
 * Solve a plan from shapes and costs alone; no processor runs.
 */
export interface PlanSolveParams {
  model: ModelSource;
  costs: CostSource;
  settings?: SolverSettings;
  /**
   * Longest step; default 1024.
   */
  maxTokens?: number;
  /**
   * Steps whose placements are wanted, without what lost; absent: all, with what lost.
   */
  lengths?: number[];
}
/**
 * A model: a file, a published shape with weights of one type, or the outline that a trace carries.
 */
export interface ModelSource {
  /**
   * A GGUF file; only its header is read.
   */
  path?: string;
  /**
   * A shape that comes with the agent: llama-3-8b, qwen2.5-1.5b, ...
   */
  shape?: string;
  /**
   * Tensor type of a shape's matmul weights: Q4_0.
   */
  type?: string;
  outline?: ModelOutline;
}
/**
 * What a model's graph is made from: the header of its file without vocabulary and data.
 */
export interface ModelOutline {
  /**
   * Of the model's family, by the keys of the file.
   */
  metadata: {
    [k: string]: unknown;
  };
  tensors: OutlineTensor[];
}
/**
 * Shape of a tensor, or of those of several layers.
 */
export interface OutlineTensor {
  /**
   * As in the file; blk.*.ffn_down.weight for those of layers.
   */
  name: string;
  /**
   * Q4_0
   */
  type: string;
  /**
   * Columns first.
   */
  dims: number[];
  /**
   * Pairs of first and last layer; absent outside layers.
   */
  layers?: number[][];
}
/**
 * A plan.
 */
export interface PlanSolveResult {
  plan: Plan;
  /**
   * Time that solving took.
   */
  solveMs: number;
  /**
   * Predicted at 256 tokens, or at the longest step.
   */
  prefillTokensPerSecond: number;
  /**
   * Predicted, of steps of one token.
   */
  decodeTokensPerSecond: number;
  /**
   * False: the description holds assumed figures.
   */
  calibrated: boolean;
  /**
   * Of all numbers of tokens, ascending without gaps.
   */
  steps: StepTime[];
}
/**
 * Predicted time of steps of first to last tokens.
 */
export interface StepTime {
  first: number;
  last: number;
  /**
   * Where it was solved.
   */
  length: number;
  stepUs: number;
  primaryBusyUs: number;
  npuBusyUs: number;
}
/**
 * Run a model on modeled processors and a virtual clock.
 */
export interface SimulateParams {
  model: ModelSource;
  costs: CostSource;
  settings?: SolverSettings;
  engine?: Engine;
  promptTokens: number;
  maxTokens: number;
  /**
   * Names this run in trace/chunk; absent: no trace.
   */
  runId?: string;
  trace?: TraceParams | null;
}
/**
 * A modeled run.
 */
export interface SimulateResult {
  origin: Origin;
  soc: string;
  calibrated: boolean;
  prefillMs: number;
  prefillTokensPerSecond: number;
  decodeMs: number;
  decodeTokensPerSecond: number;
  timeToFirstTokenMs: number;
  /**
   * Of the time in which a processor computes, both do.
   */
  overlapPercent: number;
  /**
   * Of the run's time, nothing computes because of a join.
   */
  exposedSyncPercent: number;
  joins: number;
  primaryBusyMs: number;
  npuBusyMs: number;
  energy: ModeledEnergy;
  compileMs: number;
  graphs: number;
  /**
   * Real time that the simulation took.
   */
  simulateMs: number;
  notes: string[];
  trace: TraceReport | null;
}
/**
 * Modeled from stated power figures.
 */
export interface ModeledEnergy {
  prefillJ: number;
  decodeJ: number;
  /**
   * False: the description states no power.
   */
  known: boolean;
}
/**
 * Solve a loaded model's plan anew; the next run uses it. Brings back a processor that failed.
 */
export interface ReplanParams {
  modelId: number;
  settings: SolverSettings;
  costs?: CostSource;
}
/**
 * The plan that runs from now on.
 */
export interface ReplanResult {
  plan: Plan;
  /**
   * Measured, of the NPU graphs that were new.
   */
  compileMs: number;
  notes: string[];
}
/**
 * Compare each kind of op of a loaded model, and each shape and weight type of its matmuls, with the CPU.
 */
export interface VerifyParams {
  modelId: number;
  /**
   * Empty or absent: every one that is ready.
   */
  processors?: ("gpu" | "npu")[];
}
/**
 * What was compared, measured on the device.
 */
export interface VerifyResult {
  /**
   * Largest NMSE that passes.
   */
  bar: number;
  /**
   * Complete, and nothing is beyond the bar or failed.
   */
  passed: boolean;
  /**
   * False where it was stopped; the rows up to there are kept.
   */
  complete: boolean;
  /**
   * The CPU, which is the truth, then those that were compared with it.
   */
  processors: Processor[];
  rows: VerifyRow[];
  elapsedMs: number;
}
/**
 * One comparison.
 */
export interface VerifyRow {
  processor: ProcessorKind;
  /**
   * Kind of op; "kv_append + attention" where one is seen through the other.
   */
  kind: string;
  /**
   * The one that ran, for example "blk.0.ffn_down".
   */
  op: string;
  /**
   * Ops of the model that are like it, itself included.
   */
  standsFor: number;
  k: number;
  n: number;
  /**
   * Of the weight; null for ops without one.
   */
  type: string | null;
  tokens: number;
  /**
   * Tokens that were computed; more than `tokens` on a processor with static shapes.
   */
  paddedTokens: number;
  /**
   * beyond: differs by more than the bar; refused: the processor takes no such op, so a plan places it elsewhere; failed: the processor stopped, and nothing after it was compared on it.
   */
  outcome: "passed" | "beyond" | "refused" | "failed";
  /**
   * Sum of squared errors by sum of squares of the CPU's output; null where nothing was compared or a value is no number.
   */
  nmse: number | null;
  /**
   * The largest error, in root mean squares of the CPU's output; null as nmse.
   */
  maxError: number | null;
  /**
   * One sentence; null exactly where it passed.
   */
  reason: string | null;
}
/**
 * Sent at least once a second while a request works.
 */
export interface ProgressParams {
  requestId: number | string;
  /**
   * open, repack, compile, prefill, decode, warm-up, measure, profile
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
