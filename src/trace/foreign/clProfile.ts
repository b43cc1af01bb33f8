import { type Result, failure, success } from "../../base/result";
import { type ForeignRead, ForeignTrace } from "./builder";
import { kindOfGgmlOp, nameOfTensor } from "./ggml";
import { linesOf } from "./lines";

/** First line of the file that llama.cpp's OpenCL backend writes, `cl_profiling.csv` (ggml-opencl.cpp, GGML_OPENCL_PROFILING). */
export const clProfileHead = "op name, kernel name, exec duration (ms)";

/**
 * Reads llama.cpp's list of OpenCL kernels. It has durations but no times, so kernels are laid end to end in their
 * order; where the GPU waited does not show. Fails with `trace-garbled`.
 */
export function readClProfile(bytes: Uint8Array, fileName: string): Result<ForeignRead> {
  const trace = new ForeignTrace();
  const track = trace.addTrack("GPU queue");
  let now = 0;
  let columns: string[] | undefined;
  for (const line of linesOf(bytes)) {
    const fields = line.split(",").map((field) => field.trim());
    if (columns === undefined) {
      columns = fields;
      continue;
    }
    const [tensor = "", kernel = "", duration = ""] = fields;
    const ns = Math.round(Number(duration) * 1e6);
    // A tensor's name may hold a comma; such a line is left out rather than read askew.
    if (fields.length !== columns.length || duration === "" || !Number.isFinite(ns) || ns < 0) continue;
    const sizes = columns.slice(3).map((column, i): [string, string] => [column, fields[i + 3] ?? ""]);
    trace.addSlice(track, now, now + ns, trace.nameNumber(nameOfTensor(tensor === "" ? kernel : tensor)), {
      kind: kindOfGgmlOp(kernel),
      kernel,
      ...Object.fromEntries(sizes),
    });
    now += ns;
  }
  if (trace.isEmpty) {
    return failure(
      "trace-garbled",
      `${fileName} holds no kernel that can be read; run llama.cpp with profiling again.`,
    );
  }
  return success(trace.finish());
}
