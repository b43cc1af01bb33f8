import { randomUUID } from "node:crypto";
import type { GenerateParams, GenerateResult, GenerateStats, RanOn, TokenParams } from "../agent/protocol.gen";
import type { Log } from "../base/log";
import type { ProgressListener } from "../base/progress";
import { type Failure, type Result, success } from "../base/result";
import type { Device } from "../device/device";
import { type ChatMessage, renderPrompt } from "../model/chatTemplate";
import { checkedModel } from "../model/checkedModel";
import { interrupted, isInterruption } from "./interruption";
import { loadModel } from "./loadModel";
import type { RunStore, RunWriter } from "./runStore";
import type { AgentSessions, LoadedModel, PreparedDevice } from "./sessions";
import { type RunSettings, samplerOf } from "./settings";
import { TraceCollector } from "./traceCollector";

/** What the use cases work with; one for the extension, one for each CLI call. */
export interface RunEnvironment {
  readonly sessions: AgentSessions;
  readonly store: RunStore;
  readonly log: Log;
}

export interface RunRequest {
  readonly device: Device;
  /** Local GGUF file. */
  readonly model: string;
  /** The conversation so far, the new question last. */
  readonly messages: readonly ChatMessage[];
  readonly settings: RunSettings;
  /** Sends the messages' text as it is, without the model's chat template. */
  readonly plain?: boolean;
  /** False: nothing is recorded and nothing is stored. */
  readonly trace?: boolean;
}

export interface RunListener {
  /** Deploying, pushing, loading, prefill: all that comes before the first token. */
  progress(progress: Parameters<ProgressListener>[0]): void;
  /** The device is ready and the model loaded; the prompt goes out now. */
  started?(prepared: PreparedDevice, model: LoadedModel): void;
  token(token: TokenParams): void;
}

/** A run that got as far as generating. `failure` tells why it did not end by itself; what came before it is kept. */
export interface RunOutcome {
  readonly text: string;
  readonly finish: GenerateResult["finish"] | "failed";
  readonly finishDetail: string | null;
  /** Tokens generated. */
  readonly tokens: number;
  readonly stats: GenerateStats | undefined;
  readonly ranOn: readonly RanOn[];
  readonly trace: GenerateResult["trace"];
  readonly tracePath: string | undefined;
  readonly runId: string | undefined;
  readonly failure: Failure | undefined;
  readonly notes: readonly string[];
  readonly model: LoadedModel;
  readonly prepared: PreparedDevice;
}

const lastChunkMs = 3000;

/** Prompt to answer: deploys, pushes and loads what is missing, then streams. Fails only if nothing was generated. */
export async function runPrompt(
  environment: RunEnvironment,
  request: RunRequest,
  listener: RunListener,
  signal: AbortSignal,
): Promise<Result<RunOutcome>> {
  const { device, settings } = request;
  const progress: ProgressListener = (step) => listener.progress(step);
  // A file that cannot run is refused before the device is touched.
  const checked = await checkedModel(request.model);
  if (!checked.ok) return checked;
  const prepared = await environment.sessions.prepare(device, progress, signal);
  if (!prepared.ok) return prepared;
  const model = await loadModel(prepared.value, request.model, settings, progress, signal);
  if (!model.ok) return model;
  const prompt = promptText(request, model.value);
  if (!prompt.ok) return prompt;
  const notes = [...prepared.value.notes, ...model.value.load.notes];
  if (prompt.value.note !== undefined) notes.push(prompt.value.note);

  let writer: RunWriter | undefined;
  if (request.trace !== false) {
    const begun = await environment.store.begin(recordStart(request, model.value));
    // A run is worth more than its recording: it goes on, and says what is missing.
    if (begun.ok) writer = begun.value;
    else notes.push(begun.failure.message);
  }
  listener.started?.(prepared.value, model.value);
  const params = generateParams(request, model.value, prompt.value.text, writer);
  const generated = await generate(prepared.value, params, writer, listener, signal);
  const { answer, text, tokens, traceWhole } = generated;

  if (!answer.ok && !isInterruption(answer.failure)) {
    await writer?.discard();
    return answer;
  }
  const traceKept = writer !== undefined && (await hasBytes(writer));
  const failure = answer.ok ? undefined : interrupted(answer.failure, { deviceName: device.name, tokens, traceKept });
  if (answer.ok && writer !== undefined && !traceWhole) {
    notes.push("The trace did not arrive whole: it shows the run's first part.");
  }
  const result = answer.ok ? answer.value : undefined;
  notes.push(...(result?.notes ?? []));
  const finish = result?.finish ?? "failed";
  await writer?.finish({
    finish,
    tokens: result?.stats.generatedTokens ?? tokens,
    ...(result === undefined ? {} : { stats: result.stats, ranOn: result.ranOn }),
    ...(failure === undefined ? {} : { failure }),
  });
  if (writer?.problem !== undefined) {
    notes.push(`The trace could not be written whole (${writer.problem}): free some space and run again.`);
  }
  if (failure !== undefined && tokens === 0 && !traceKept) return { ok: false, failure };
  return success({
    text: result?.text ?? text,
    finish,
    finishDetail: result?.finishDetail ?? null,
    tokens: result?.stats.generatedTokens ?? tokens,
    stats: result?.stats,
    ranOn: result?.ranOn ?? [],
    trace: result?.trace ?? null,
    tracePath: traceKept ? writer?.tracePath : undefined,
    runId: traceKept ? writer?.id : undefined,
    failure,
    notes,
    model: model.value,
    prepared: prepared.value,
  });
}

async function generate(
  { session }: PreparedDevice,
  params: GenerateParams,
  writer: RunWriter | undefined,
  listener: RunListener,
  signal: AbortSignal,
): Promise<{ answer: Result<GenerateResult>; text: string; tokens: number; traceWhole: boolean }> {
  let text = "";
  let tokens = 0;
  const tokenListener = session.onToken((token) => {
    if (token.runId !== params.runId) return;
    text += token.text;
    tokens = token.index + 1;
    listener.token(token);
  });
  const collector = new TraceCollector(session, params.runId, (bytes) => writer?.append(bytes));
  try {
    const answer = await session.request("generate", params, signal, (step) =>
      listener.progress({ ...step, stage: step.stage === "prefill" ? "Reading the prompt" : "Answering" }),
    );
    if (answer.ok && answer.value.trace !== null) await collector.settle(lastChunkMs);
    return { answer, text, tokens, traceWhole: collector.whole };
  } finally {
    tokenListener.dispose();
    collector.dispose();
  }
}

function promptText(request: RunRequest, model: LoadedModel): ReturnType<typeof renderPrompt> {
  const { systemPrompt } = request.settings;
  const hasSystem = request.messages[0]?.role === "system";
  const system: ChatMessage[] = systemPrompt === "" || hasSystem ? [] : [{ role: "system", content: systemPrompt }];
  const messages = [...system, ...request.messages];
  if (request.plain === true)
    return success({ text: messages.map(({ content }) => content).join("\n"), note: undefined });
  return renderPrompt(messages, model.header);
}

function generateParams(
  request: RunRequest,
  model: LoadedModel,
  prompt: string,
  writer: RunWriter | undefined,
): GenerateParams {
  const { device, settings } = request;
  const context = {
    id: writer?.id,
    device: { id: device.id, name: device.name, kind: device.kind },
    model: { path: request.model },
    settings,
  };
  return {
    modelId: model.load.modelId,
    runId: writer?.id ?? randomUUID(),
    prompt,
    maxTokens: settings.maxTokens,
    sampler: samplerOf(settings),
    stop: [...settings.stop],
    trace: writer === undefined ? null : { context: JSON.stringify(context) },
  };
}

function recordStart(request: RunRequest, { header }: LoadedModel): Parameters<RunStore["begin"]>[0] {
  const { device, messages, model } = request;
  const prompt = messages.at(-1)?.content ?? "";
  return {
    startedAt: new Date().toISOString(),
    origin: "measured",
    device: { id: device.id, name: device.name, kind: device.kind },
    model: { name: header.name, type: header.type, path: model },
    prompt: prompt.length > 200 ? `${prompt.slice(0, 199)}…` : prompt,
  };
}

/** Appended bytes may still be on their way to the disk. */
async function hasBytes(writer: RunWriter): Promise<boolean> {
  await writer.flushed();
  return writer.bytes > 0;
}
