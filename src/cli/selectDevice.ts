import { type Result, failure, success } from "../base/result";
import type { Device } from "../device/device";

/**
 * The device that the user means: by id, by serial, or by a part of its name. With nothing said it is the only phone,
 * or this computer where there is no phone; never a guess among several.
 */
export function selectDevice(
  devices: readonly Device[],
  wanted: string | undefined,
  androidSerial: string | undefined,
): Result<Device> {
  if (wanted !== undefined) return byWord(devices, wanted);
  if (androidSerial !== undefined && androidSerial !== "") return byWord(devices, `adb:${androidSerial}`);
  const phones = devices.filter((device) => device.kind !== "computer");
  if (phones.length > 1) {
    return failure("usage", `Several phones are connected: choose one with --device ${list(phones)}.`);
  }
  const device = phones[0] ?? devices[0];
  if (device === undefined) return failure("no-device", "There is no device to run on: plug in a phone.");
  return success(device);
}

function byWord(devices: readonly Device[], word: string): Result<Device> {
  const lower = word.toLowerCase();
  const exact = devices.filter((device) => device.id === word || device.id === `adb:${word}`);
  const named = devices.filter((device) => device.name.toLowerCase().includes(lower));
  const found = exact.length > 0 ? exact : named;
  const only = found[0];
  if (only !== undefined && found.length === 1) return success(only);
  if (only !== undefined)
    return failure("usage", `"${word}" fits several devices: choose one with --device ${list(found)}.`);
  const there = devices.length === 0 ? "there are none" : `there are ${list(devices)}`;
  return failure("device-not-found", `No device is called "${word}": ${there}.`);
}

function list(devices: readonly Device[]): string {
  return devices.map((device) => `"${device.id}" (${device.name})`).join(" or ");
}
