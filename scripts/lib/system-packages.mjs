/** Debian and Ubuntu packages by what needs them. `chromium` is a snap on Ubuntu, so any Chrome on the PATH serves. */
const engine = [
  "g++",
  "cmake",
  "ninja-build",
  "nlohmann-json3-dev",
  "libprotozero-dev",
  "libxxhash-dev",
  "libcli11-dev",
  "googletest",
];
const screen = ["chromium", "fonts-dejavu-core"];

export const systemPackages = {
  demo: [...engine, ...screen, "adb"],
  test: [
    ...engine,
    ...screen,
    "adb",
    "clang-format",
    // What the headless VS Code compiles its native modules with.
    "build-essential",
    "python3",
    "pkg-config",
    "libkrb5-dev",
    "libsecret-1-dev",
    "libx11-dev",
    "libxkbfile-dev",
  ],
  deep: ["g++-aarch64-linux-gnu", "qemu-user-static"],
  bench: [...engine, ...screen, "adb", "libbenchmark-dev"],
};
systemPackages.start = [...new Set([...systemPackages.demo, ...systemPackages.test])];
systemPackages.deep = [...systemPackages.test, ...systemPackages.deep];
