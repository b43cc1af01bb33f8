import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Abi, type PhoneDescription, propertiesOf } from "./description";

/** Writes what a phone has outside /data: the /proc and /sys files that tools read, and the Android commands. */
export async function writeSystemFiles(root: string, phone: PhoneDescription, abi: Abi): Promise<void> {
  await mkdir(path.join(root, "system/bin"), { recursive: true });
  for (const [name, text] of Object.entries(filesOf(phone, abi))) {
    const file = path.join(root, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  for (const [name, script] of Object.entries(scriptsOf(phone, abi))) {
    await writeFile(path.join(root, "system/bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  await rm(path.join(root, "system/bin/sh"), { force: true });
  await symlink("/bin/sh", path.join(root, "system/bin/sh"));
}

/** Text of every file, by its path on the phone without the leading slash. */
export function filesOf(phone: PhoneDescription, abi: Abi): Readonly<Record<string, string>> {
  const files: Record<string, string> = {
    "proc/meminfo": memoryInfo(phone),
    "proc/cpuinfo": cpuInfo(phone),
    "proc/version": `Linux version ${phone.kernel} (build-user@build-host) #1 SMP PREEMPT\n`,
    "system/state/properties": Object.entries(propertiesOf(phone, abi))
      .map(([key, value]) => `[${key}]: [${value}]\n`)
      .join(""),
    "system/state/battery": battery(phone),
  };
  phone.thermalZones.forEach((zone, index) => {
    files[`sys/class/thermal/thermal_zone${index}/type`] = `${zone.type}\n`;
    files[`sys/class/thermal/thermal_zone${index}/temp`] = `${Math.round(zone.celsius * 1000)}\n`;
  });
  const cores = coresOf(phone);
  for (const name of ["online", "possible", "present"]) {
    files[`sys/devices/system/cpu/${name}`] = `0-${cores.length - 1}\n`;
  }
  cores.forEach((core, index) => {
    const folder = `sys/devices/system/cpu/cpu${index}`;
    files[`${folder}/cpu_capacity`] = `${core.capacity}\n`;
    files[`${folder}/cpufreq/cpuinfo_min_freq`] = `${core.minMhz * 1000}\n`;
    files[`${folder}/cpufreq/cpuinfo_max_freq`] = `${core.maxMhz * 1000}\n`;
    files[`${folder}/cpufreq/scaling_cur_freq`] = `${core.minMhz * 1000}\n`;
  });
  return files;
}

/** Android's own commands, which this computer lacks or which would tell about this computer. */
function scriptsOf(phone: PhoneDescription, abi: Abi): Readonly<Record<string, string>> {
  const machine = abi === "x86_64" ? "x86_64" : "aarch64";
  return {
    getprop: `file="$(dirname "$0")/../state/properties"
[ $# -eq 0 ] && exec cat "$file"
while IFS= read -r line; do
  case "$line" in "[$1]: ["*) line="\${line#*: [}"; echo "\${line%]}"; exit 0;; esac
done < "$file"
echo "$2"`,
    df: `exec cat "$(dirname "$0")/../state/df"`,
    dumpsys: `case "$1" in
battery) exec cat "$(dirname "$0")/../state/battery";;
*) echo "Can't find service: $1"; exit 0;;
esac`,
    settings: `[ "$1" = get ] && echo null`,
    uname: `case "$1" in
-m) echo ${machine};;
-r) echo "${phone.kernel}";;
-a) echo "Linux localhost ${phone.kernel} #1 SMP PREEMPT ${machine} Toybox";;
*) echo Linux;;
esac`,
    id: `echo "uid=2000(shell) gid=2000(shell) groups=2000(shell),1004(input),1011(adb) context=u:r:shell:s0"`,
    whoami: "echo shell",
  };
}

function coresOf(phone: PhoneDescription): PhoneDescription["clusters"][number][] {
  return phone.clusters.flatMap((cluster) => Array.from({ length: cluster.cores }, () => cluster));
}

function memoryInfo(phone: PhoneDescription): string {
  const { totalKib, availableKib } = phone.memory;
  const row = (name: string, kib: number): string => `${`${name}:`.padEnd(16)}${String(kib).padStart(8)} kB\n`;
  return [
    row("MemTotal", totalKib),
    row("MemFree", Math.round(availableKib / 8)),
    row("MemAvailable", availableKib),
    row("Buffers", 4096),
    row("Cached", Math.round(availableKib / 2)),
    row("SwapTotal", totalKib),
    row("SwapFree", Math.round(totalKib * 0.7)),
  ].join("");
}

function cpuInfo(phone: PhoneDescription): string {
  return coresOf(phone)
    .map((core, index) =>
      [
        `processor\t: ${index}`,
        "BogoMIPS\t: 38.40",
        `Features\t: ${phone.cpuFeatures}`,
        `CPU implementer\t: ${core.implementer}`,
        "CPU architecture: 8",
        "CPU variant\t: 0x1",
        `CPU part\t: ${core.part}`,
        "CPU revision\t: 0",
        "",
        "",
      ].join("\n"),
    )
    .join("");
}

function battery(phone: PhoneDescription): string {
  return [
    "Current Battery Service state:",
    "  AC powered: false",
    "  USB powered: true",
    "  Wireless powered: false",
    "  status: 2",
    "  health: 2",
    "  present: true",
    `  level: ${phone.battery.percent}`,
    "  scale: 100",
    "  voltage: 4187",
    `  temperature: ${Math.round(phone.battery.celsius * 10)}`,
    "  technology: Li-poly",
    "",
  ].join("\n");
}
