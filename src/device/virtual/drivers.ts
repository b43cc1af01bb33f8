import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const library = "libtandem_reference_npu.so";

/**
 * The environment in which programs on a virtual phone find a GPU and an NPU: this computer's own OpenCL through PoCL,
 * kept to one core, and the reference NPU, which speaks the QNN interface. `folder` is the extension's own folder or the
 * checkout. What is not installed is not there, and the agent says so.
 */
export function virtualDrivers(folder: string): Readonly<Record<string, string>> {
  const target = process.arch === "arm64" ? "linux-arm64" : "linux-x64";
  const places = [
    path.join(folder, "agents", target, library),
    path.join(folder, "build", "host-release", "reference-npu", library),
  ];
  const npu = places.find((file) => existsSync(file));
  return {
    TANDEM_OPENCL_DEVICE: "pthread",
    POCL_MAX_PTHREAD_COUNT: "1",
    // Kernels that were compiled for one phone serve the next, which may have another home.
    POCL_CACHE_DIR: path.join(os.homedir(), ".cache", "tandem", "pocl"),
    ...(npu === undefined ? {} : { TANDEM_QNN_LIBRARY: npu }),
  };
}
