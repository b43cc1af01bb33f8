/** Debian and Ubuntu packages by what needs them. */
import { readFileSync } from "node:fs";

const engine = [
  "g++",
  "cmake",
  "ninja-build",
  "nlohmann-json3-dev",
  "libprotozero-dev",
  "libxxhash-dev",
  "libcli11-dev",
  "opencl-c-headers",
  "googletest",
];
const isUbuntu = /^ID(_LIKE)?=.*\bubuntu\b/m.test(osRelease());
/** Ubuntu and what is made from it have Chromium as a snap only: there it is what a copy of our own needs. */
const screen = [...(isUbuntu ? ["libnss3", "fontconfig"] : ["chromium-headless-shell"]), "fonts-dejavu-core"];

/** OpenCL on the CPU, which stands in for a GPU. */
const gpu = ["ocl-icd-libopencl1", "pocl-opencl-icd"];

export const systemPackages = {
  demo: [...engine, ...gpu, ...screen, "adb"],
  test: [
    ...engine,
    ...gpu,
    ...screen,
    "adb",
    isUbuntu ? "clang-format-14" : "clang-format",
    // What the headless VS Code compiles its native modules with.
    "build-essential",
    "python3",
    "pkg-config",
    "libkrb5-dev",
    "libsecret-1-dev",
    "libx11-dev",
    "libxkbfile-dev",
  ],
  deep: ["g++-aarch64-linux-gnu", "qemu-user-static", "clang-16", "libclang-rt-16-dev"],
  bench: [...engine, ...gpu, ...screen, "adb", "libbenchmark-dev"],
};
systemPackages.start = [...new Set([...systemPackages.demo, ...systemPackages.test])];
systemPackages.deep = [...systemPackages.test, ...systemPackages.deep];

function osRelease() {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}
