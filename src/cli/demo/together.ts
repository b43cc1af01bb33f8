import { type Result, success } from "../../base/result";
import { significant } from "../../base/units";
import { overlap } from "../../trace/analysis/overlap";
import { syncLedger } from "../../trace/analysis/syncLedger";
import { bandsOf } from "../../trace/bands";
import { decodeTrace } from "../../trace/decode";
import { milliseconds } from "../statistics";

/** Sentences about how GPU and NPU worked together in a trace's prefill. */
export function togetherWords(bytes: Uint8Array, fileName: string): Result<string[]> {
  const decoded = decodeTrace(bytes, fileName);
  if (!decoded.ok) return decoded;
  const trace = decoded.value;
  const prefill = bandsOf(trace, "Phase").find(({ name }) => name === "prefill");
  const [from, to] = [prefill?.start ?? 0, prefill?.end ?? trace.durationNs];
  const { percent, busyNs } = overlap(trace, from, to);
  const { total, exposedPercent } = syncLedger(trace, from, to);
  const busy = `GPU ${milliseconds(busyNs.gpu / 1e6)}, NPU ${milliseconds(busyNs.npu / 1e6)}`;
  return success([
    `prefill: both computed for ${significant(percent)} % of the busy time (${busy})`,
    `prefill: ${String(total.joins)} joins, in which nothing computed for ${significant(exposedPercent)} % of the time`,
  ]);
}
