import galaxyA15 from "./descriptions/galaxy-a15.json";
import galaxyS25 from "./descriptions/galaxy-s25.json";
import xiaomi14 from "./descriptions/xiaomi-14.json";

export type Abi = "x86_64" | "arm64-v8a";

/** What a phone says about itself. Written from published specifications; battery, temperatures and free space are examples. */
export interface PhoneDescription {
  readonly id: string;
  readonly name: string;
  /** Product name and device name of the adb banner. */
  readonly product: string;
  readonly device: string;
  /** Without the ABI, which depends on the computer that plays the phone. */
  readonly properties: Readonly<Record<string, string>>;
  readonly kernel: string;
  readonly memory: { readonly totalKib: number; readonly availableKib: number };
  /** Of /data. */
  readonly storage: { readonly totalKib: number; readonly availableKib: number };
  readonly battery: { readonly percent: number; readonly celsius: number };
  readonly thermalZones: readonly { readonly type: string; readonly celsius: number }[];
  /** In the order of the kernel's numbers: little cores first. */
  readonly clusters: readonly {
    readonly cores: number;
    readonly minMhz: number;
    readonly maxMhz: number;
    readonly capacity: number;
    /** "CPU part" of /proc/cpuinfo. */
    readonly part: string;
    readonly implementer: string;
  }[];
  /** "Features" of /proc/cpuinfo. */
  readonly cpuFeatures: string;
}

export const phones: readonly PhoneDescription[] = [xiaomi14, galaxyS25, galaxyA15];

export function findPhone(id: string): PhoneDescription | undefined {
  return phones.find((phone) => phone.id === id);
}

/** The ABI whose programs this computer runs by itself; undefined where Android has none like it. */
export function nativeAbi(architecture: string): Abi | undefined {
  if (architecture === "x64") return "x86_64";
  return architecture === "arm64" ? "arm64-v8a" : undefined;
}

/** All properties as `getprop` lists them, sorted. */
export function propertiesOf(phone: PhoneDescription, abi: Abi): Readonly<Record<string, string>> {
  const all: Record<string, string> = {
    ...phone.properties,
    "ro.product.cpu.abi": abi,
    "ro.product.cpu.abilist": abi,
    "ro.product.cpu.abilist64": abi,
    "ro.tandem.virtual": "1",
    "sys.boot_completed": "1",
  };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}
