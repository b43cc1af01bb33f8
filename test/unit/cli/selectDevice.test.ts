import assert from "node:assert/strict";
import { selectDevice } from "../../../src/cli/selectDevice";
import { failure } from "../../../src/base/result";
import type { Device } from "../../../src/device/device";

function device(id: string, name: string, kind: Device["kind"]): Device {
  const unused = () => Promise.resolve(failure("unused", "Not called here."));
  return {
    id,
    name,
    kind,
    state: { kind: "ready" },
    facts: unused,
    deployAgent: unused,
    pushModel: unused,
    startAgent: unused,
    readAgentLog: unused,
  };
}

const computer = device("local", "This computer", "computer");
const xiaomi = device("adb:abc123", "Xiaomi 14", "phone");
const galaxy = device("adb:127.0.0.1:5555", "Galaxy S25", "virtual-phone");

function select(devices: readonly Device[], wanted?: string, serial?: string): string {
  const result = selectDevice(devices, wanted, serial);
  return result.ok ? result.value.id : result.failure.code;
}

describe("selectDevice", () => {
  const all = [computer, xiaomi, galaxy];
  const cases: [string, readonly Device[], string | undefined, string | undefined, string][] = [
    ["this computer where there is no phone", [computer], undefined, undefined, "local"],
    ["the only phone", [computer, xiaomi], undefined, undefined, "adb:abc123"],
    ["nothing among several phones", all, undefined, undefined, "usage"],
    ["nothing where there is nothing", [], undefined, undefined, "no-device"],
    ["by id", all, "local", undefined, "local"],
    ["by serial", all, "abc123", undefined, "adb:abc123"],
    ["by serial with a port", all, "127.0.0.1:5555", undefined, "adb:127.0.0.1:5555"],
    ["by a part of the name in any case", all, "gALaxy", undefined, "adb:127.0.0.1:5555"],
    ["nothing by an ambiguous part", all, "i", undefined, "usage"],
    ["nothing by a name that is not there", all, "pixel", undefined, "device-not-found"],
    ["by ANDROID_SERIAL", all, undefined, "abc123", "adb:abc123"],
    ["by name even against ANDROID_SERIAL", all, "Galaxy", "abc123", "adb:127.0.0.1:5555"],
    ["nothing by an ANDROID_SERIAL that is gone", all, undefined, "zzz", "device-not-found"],
  ];
  for (const [name, devices, wanted, serial, expected] of cases) {
    it(`finds ${name}`, () => assert.equal(select(devices, wanted, serial), expected));
  }
});
