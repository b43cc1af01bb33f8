import assert from "node:assert/strict";
import {
  modelName,
  parseBattery,
  parseFacts,
  parseMemory,
  parseProperties,
  parseStorage,
  parseThermal,
  skinTemperature,
} from "../../../src/device/facts";
import { findSoc } from "../../../src/device/soc";

const properties = (text: string): ReadonlyMap<string, string> => parseProperties(text);

describe("facts of a phone", () => {
  it("reads properties, also with brackets in them and with carriage returns", () => {
    const found = properties(
      "[ro.a]: [1]\r\n[ro.product.marketname]: [Galaxy S24 [5G]]\r\nnoise\n[empty]: []\n[log.tag.[x]: [y]\n",
    );
    assert.equal(found.get("ro.a"), "1");
    assert.equal(found.get("ro.product.marketname"), "Galaxy S24 [5G]");
    assert.equal(found.get("empty"), "");
  });

  it("names a phone as it is sold, else by maker and model", () => {
    assert.equal(
      modelName(properties("[ro.product.marketname]: [Xiaomi 14]\n[ro.product.model]: [23127PN0CG]")),
      "Xiaomi 14",
    );
    assert.equal(
      modelName(properties("[ro.config.marketing_name]: [HONOR X8b]\n[ro.product.model]: [LLY-LX1]")),
      "HONOR X8b",
    );
    assert.equal(
      modelName(properties("[ro.product.manufacturer]: [samsung]\n[ro.product.model]: [SM-S921U]")),
      "Samsung SM-S921U",
    );
    assert.equal(
      modelName(properties("[ro.product.manufacturer]: [Google]\n[ro.product.model]: [Google Pixel 8]")),
      "Google Pixel 8",
    );
    assert.equal(modelName(properties("")), "phone");
  });

  it("reads free storage from df as phones print it", () => {
    const xiaomi =
      "Filesystem       1K-blocks      Used Available Use% Mounted on\n" +
      "/dev/block/dm-59 485636064 171563720 313535476  36% /data/user/0\n";
    assert.equal(parseStorage(xiaomi), 313_535_476 * 1024);
    // Long names push the numbers to the next line.
    const long =
      "Filesystem                                        1K-blocks     Used Available Use% Mounted on\n" +
      "/dev/block/platform/13520000.ufs/by-name/userdata\n" +
      "                                                  114982996 94844540  20007384  83% /data\n";
    assert.equal(parseStorage(long), 20_007_384 * 1024);
    assert.equal(parseStorage("df: /data: Permission denied\n"), undefined);
  });

  it("reads memory", () => {
    const text = "MemTotal:       11516236 kB\nMemFree:          345678 kB\nMemAvailable:    6243180 kB\n";
    assert.deepEqual(parseMemory(text), { totalBytes: 11_516_236 * 1024, availableBytes: 6_243_180 * 1024 });
    assert.deepEqual(parseMemory(""), {});
  });

  it("reads the battery, and not the event log below it", () => {
    const text =
      "Current Battery Service state:\n  AC powered: false\n  status: 2\n  level: 75\n  scale: 100\n" +
      "  voltage: 4156\n  temperature: 357\n  Capacity level: -1\n08-11 18:34 ACTION_BATTERY_CHANGED level:72, temperature:345\n";
    assert.deepEqual(parseBattery(text), { percent: 75, celsius: 35.7 });
    assert.deepEqual(parseBattery("  level: 1\n  scale: 4\n"), { percent: 25 });
    assert.deepEqual(parseBattery("Can't find service: battery"), {});
  });

  it("takes the temperature of the case, whatever unit its zone has", () => {
    const text = [
      "/sys/class/thermal/thermal_zone0/type:cpu-0-0-0",
      "/sys/class/thermal/thermal_zone7/type:skin-msm-therm",
      "/sys/class/thermal/thermal_zone12/type:quiet-therm",
      "/sys/class/thermal/thermal_zone13/type:xo-therm",
      "/sys/class/thermal/thermal_zone0/temp:71000",
      "/sys/class/thermal/thermal_zone7/temp:33800",
      "/sys/class/thermal/thermal_zone12/temp:36",
      "/sys/class/thermal/thermal_zone13/temp:-273000",
      "/sys/class/thermal/thermal_zone14/temp:41000",
    ].join("\n");
    const zones = parseThermal(text);
    assert.equal(zones.length, 4);
    assert.equal(skinTemperature(zones), 36);
    assert.equal(skinTemperature(zones.slice(0, 1)), undefined);
  });

  it("puts the parts together and leaves out what a phone forbids", () => {
    const facts = parseFacts(
      "@properties\n[ro.soc.model]: [SM8750-AC]\n[ro.product.cpu.abi]: [arm64-v8a]\n[ro.product.model]: [X]\n" +
        "@memory\n@storage\n@thermal\n@battery\n  level: 50\n  temperature: 301\n@end\n",
    );
    assert.deepEqual(facts, {
      abi: "arm64-v8a",
      soc: "Snapdragon 8 Elite",
      model: "X",
      gpu: "Adreno 830",
      npu: "Hexagon V79",
      chipsFrom: "soc-table",
      batteryPercent: 50,
      celsius: 30.1,
    });
    assert.deepEqual(parseFacts(""), { abi: "", model: "phone" });
  });

  it("gives an unknown SoC its own name and claims nothing about it", () => {
    const facts = parseFacts("@properties\n[ro.soc.model]: [XY9999]\n[ro.product.cpu.abi]: [arm64-v8a]\n@end\n");
    assert.deepEqual([facts.soc, facts.gpu, facts.npu, facts.chipsFrom], ["XY9999", undefined, undefined, undefined]);
  });
});

describe("table of SoCs", () => {
  it("finds a SoC by model with its maker's suffix, and by board on older Androids", () => {
    assert.equal(findSoc("SM8650", "pineapple")?.name, "Snapdragon 8 Gen 3");
    assert.equal(findSoc("MT6789V/CD", "mt6789")?.name, "Helio G99");
    assert.equal(findSoc("s5e9945", "s5e9945")?.name, "Exynos 2400");
    assert.equal(findSoc("Tensor G3", "zuma")?.name, "Google Tensor G3");
    assert.equal(findSoc(undefined, "kona")?.name, "Snapdragon 865");
    assert.equal(findSoc("", "mt6989")?.name, "Dimensity 9300");
    assert.equal(findSoc("SM9999", "nowhere"), undefined);
    assert.equal(findSoc(undefined, undefined), undefined);
  });
});
