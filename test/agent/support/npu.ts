import { existsSync } from "node:fs";
import path from "node:path";

const library = path.resolve("build/host-release/reference-npu/libtandem_reference_npu.so");

/** Gives agents that are started from here on the reference NPU; skips the suite, with its reason, where it is not built. */
export function needsNpu(context: Mocha.Context): void {
  if (existsSync(library)) {
    process.env["TANDEM_QNN_LIBRARY"] = library;
    return;
  }
  process.stdout.write(`    skipped: the reference NPU is not built: cmake --build --preset host-release in agent/\n`);
  context.skip();
}
