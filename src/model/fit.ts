import { formatBytes } from "../base/units";
import { inSentence } from "../base/words";
import type { ModelHeader } from "./header";

/** Memory a model is expected to take on a device, in bytes. An estimate: `model/load` reports the real figures. */
export interface FitEstimate {
  readonly weights: number;
  /** Keys and values of every layer in fp16 at this context length. */
  readonly kvCache: number;
  readonly activations: number;
  readonly total: number;
  readonly contextLength: number;
  readonly available: number | undefined;
  /** Undefined where the available memory is not known. */
  readonly fits: boolean | undefined;
}

/** Tokens of one prefill chunk, which is what the activation buffers are sized for. */
const chunkTokens = 512;
const fp16 = 2;
const fp32 = 4;
/** Used where neither the user nor the file says; the agent caps at the same value. */
export const defaultContext = 4096;

/** `contextLength` 0: the model's own, at most 4096, as the agent does. */
export function estimateFit(header: ModelHeader, contextLength: number, available: number | undefined): FitEstimate {
  const { layers, kvHeads, headLength, embedding, feedForward, vocabulary, trainedContext } = header.dimensions;
  const context = contextLength > 0 ? contextLength : Math.min(trainedContext || defaultContext, defaultContext);
  const weights = Object.values(header.weightBytesByType).reduce((sum, size) => sum + size, 0);
  const kvCache = 2 * layers * context * kvHeads * headLength * fp16;
  // A residual row, its normalised copy, q, k, v and the attention output, gate and up; one row of logits.
  const perToken = 4 * embedding + 2 * kvHeads * headLength + 2 * feedForward;
  const activations = Math.min(chunkTokens, context) * perToken * fp32 + vocabulary * fp32;
  const total = weights + kvCache + activations;
  return {
    weights,
    kvCache,
    activations,
    total,
    contextLength: context,
    available,
    fits: available === undefined ? undefined : total <= available,
  };
}

/** For example "Llama-3-8B F16 does not fit on Galaxy A55: it needs 17.4 GB, and 4.9 GB are free; choose …" */
export function doesNotFit(header: ModelHeader, estimate: FitEstimate, deviceName: string): string {
  const needs = formatBytes(estimate.total);
  const free = formatBytes(estimate.available ?? 0);
  return `${header.name} ${header.type} does not fit on ${inSentence(deviceName)}: it needs ${needs}, and ${free} are free; choose a smaller type or a shorter context.`;
}
