import { type Result, success } from "../../base/result";
import { significant } from "../../base/units";
import { syncLedger } from "../../trace/analysis/syncLedger";
import { decodeTrace } from "../../trace/decode";
import { partOfWall } from "../../trace/states";
import { summarize } from "../../trace/summary";

/** A sentence for each pass of a trace about how GPU and NPU worked together, in the timeline's own figures. */
export function togetherWords(bytes: Uint8Array, fileName: string): Result<string[]> {
  const decoded = decodeTrace(bytes, fileName);
  if (!decoded.ok) return decoded;
  const trace = decoded.value;
  const sentences = summarize(trace).passes.map(({ pass, wall, start, end }) => {
    const percent = (part: "both" | "gpu" | "npu" | "sync"): string => `${significant(partOfWall(wall, part) * 100)} %`;
    const alone = `GPU alone ${percent("gpu")} · NPU alone ${percent("npu")}`;
    const { joins } = syncLedger(trace, start, end).total;
    return `${pass}: both at once ${percent("both")} of the time · ${alone} · ${String(joins)} joins, exposed ${percent("sync")}`;
  });
  return success(sentences);
}
