import type { DeviceFacts } from "./device";
import { findSoc } from "./soc";

/** One command that reads everything: each part follows a line `@name`. Parts that a phone forbids stay empty. */
export const factsCommand = [
  "echo @properties; getprop",
  "echo @memory; cat /proc/meminfo 2>/dev/null",
  "echo @storage; df -k /data 2>/dev/null",
  "echo @thermal; grep -H '' /sys/class/thermal/thermal_zone*/type /sys/class/thermal/thermal_zone*/temp 2>/dev/null",
  "echo @battery; dumpsys battery 2>/dev/null",
  "echo @end",
].join("; ");

/** Facts from the output of `factsCommand`. */
export function parseFacts(output: string): DeviceFacts {
  const parts = splitParts(output);
  const properties = parseProperties(parts.get("properties") ?? "");
  const memory = parseMemory(parts.get("memory") ?? "");
  const battery = parseBattery(parts.get("battery") ?? "");
  const celsius = skinTemperature(parseThermal(parts.get("thermal") ?? "")) ?? battery.celsius;
  const soc = findSoc(properties.get("ro.soc.model"), properties.get("ro.board.platform"));
  return withoutAbsent({
    abi: properties.get("ro.product.cpu.abi") ?? "",
    soc: soc?.name ?? named(properties.get("ro.soc.model")) ?? named(properties.get("ro.board.platform")),
    model: modelName(properties),
    gpu: soc?.gpu,
    npu: soc?.npu,
    chipsFrom: soc === undefined ? undefined : ("soc-table" as const),
    osVersion: androidVersion(properties),
    memoryBytes: memory.totalBytes,
    memoryAvailableBytes: memory.availableBytes,
    storageAvailableBytes: parseStorage(parts.get("storage") ?? ""),
    batteryPercent: battery.percent,
    celsius,
  });
}

/** `[key]: [value]` lines of getprop. */
export function parseProperties(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const match of text.matchAll(/^\[([^\]]+)\]: \[(.*)\]\r?$/gm)) found.set(match[1] ?? "", match[2] ?? "");
  return found;
}

/** The name that the maker sells the phone under, where the phone knows it. */
export function modelName(properties: ReadonlyMap<string, string>): string {
  const sold = [
    "ro.product.marketname",
    "ro.product.vendor.marketname",
    "ro.product.odm.marketname",
    "ro.vendor.oplus.market.name",
    "ro.config.marketing_name",
  ].map((key) => named(properties.get(key)));
  const name = sold.find((item) => item !== undefined);
  if (name !== undefined) return name;
  const maker = named(properties.get("ro.product.manufacturer")) ?? "";
  const model = named(properties.get("ro.product.model")) ?? "phone";
  if (maker === "" || model.toLowerCase().startsWith(maker.toLowerCase())) return model;
  return `${maker.charAt(0).toUpperCase()}${maker.slice(1)} ${model}`;
}

export function parseMemory(text: string): { readonly totalBytes?: number; readonly availableBytes?: number } {
  const kib = (name: string): number | undefined => {
    const value = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1];
    return value === undefined ? undefined : Number(value) * 1024;
  };
  return withoutAbsent({ totalBytes: kib("MemTotal"), availableBytes: kib("MemAvailable") });
}

/** Free bytes from `df -k`: the number before the percentage, wherever the file system's name breaks the line. */
export function parseStorage(text: string): number | undefined {
  const match = /\s(\d+)\s+(\d+)\s+(\d+)\s+\d+%/.exec(text);
  return match === null ? undefined : Number(match[3]) * 1024;
}

export interface ThermalZone {
  readonly type: string;
  readonly celsius: number;
}

/** `.../thermal_zone3/type:skin` and `.../thermal_zone3/temp:33800` lines of grep -H. */
export function parseThermal(text: string): readonly ThermalZone[] {
  const types = new Map<string, string>();
  const values = new Map<string, number>();
  for (const match of text.matchAll(/thermal_zone(\d+)\/(type|temp):(.*)$/gm)) {
    const [, zone = "", field, value = ""] = match;
    if (field === "type") types.set(zone, value.trim());
    else if (/^-?\d+$/.test(value.trim())) values.set(zone, celsiusOf(Number(value)));
  }
  return [...types].flatMap(([zone, type]) => {
    const celsius = values.get(zone);
    return celsius === undefined ? [] : [{ type, celsius }];
  });
}

/** The temperature of the case, which is what makes a phone slow down. Sensors that are off report nonsense. */
export function skinTemperature(zones: readonly ThermalZone[]): number | undefined {
  const skin = zones.filter((zone) => /skin|quiet|xo[-_]therm|shell|case/i.test(zone.type));
  const sane = skin.map((zone) => zone.celsius).filter((celsius) => celsius > 5 && celsius < 100);
  return sane.length === 0 ? undefined : Math.max(...sane);
}

/** `level` and `scale` in percent, `temperature` in tenths of a degree. */
export function parseBattery(text: string): { readonly percent?: number; readonly celsius?: number } {
  const value = (name: string): number | undefined => {
    const found = new RegExp(`^\\s*${name}: (-?\\d+)\\s*$`, "m").exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const level = value("level");
  const scale = value("scale") ?? 100;
  const tenths = value("temperature");
  return withoutAbsent({
    percent: level === undefined || scale <= 0 ? undefined : Math.round((100 * level) / scale),
    celsius: tenths === undefined ? undefined : tenths / 10,
  });
}

/** Zones report thousandths of a degree; some report tenths or whole degrees. */
function celsiusOf(value: number): number {
  if (Math.abs(value) >= 1000) return value / 1000;
  return Math.abs(value) > 150 ? value / 10 : value;
}

function androidVersion(properties: ReadonlyMap<string, string>): string | undefined {
  const release = named(properties.get("ro.build.version.release"));
  return release === undefined ? undefined : `Android ${release}`;
}

function splitParts(output: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  const pieces = output.split(/^@(\w+)\r?$/m);
  for (let at = 1; at < pieces.length; at += 2) parts.set(pieces[at] ?? "", pieces[at + 1] ?? "");
  return parts;
}

function named(value: string | undefined): string | undefined {
  const text = value?.trim() ?? "";
  return text === "" || text === "unknown" ? undefined : text;
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The same object without the fields that are undefined. */
export function withoutAbsent<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Present<T>;
}
