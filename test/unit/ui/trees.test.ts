import assert from "node:assert/strict";
import { type DeviceView, type DevicesViewState, deviceRows, devicesMessage } from "../../../src/ui/trees/deviceRows";
import { type ModelView, modelRows, modelsMessage } from "../../../src/ui/trees/modelRows";
import type { Row } from "../../../src/ui/trees/row";
import { type RunView, runRows } from "../../../src/ui/trees/runRows";
import { assertOneSentence } from "../../fixtures/sentence";

const ready: DeviceView = {
  device: { id: "adb:abc", name: "Xiaomi 14", kind: "phone", state: { kind: "ready" } },
  facts: {
    abi: "arm64-v8a",
    soc: "Snapdragon 8 Gen 3",
    gpu: "Adreno 750",
    memoryBytes: 11.4e9,
    memoryAvailableBytes: 7.1e9,
    storageAvailableBytes: 148e9,
    celsius: 37.94,
  },
  agent: { kind: "unknown" },
};
const asking: DeviceView = {
  device: {
    id: "adb:def",
    name: "Galaxy S25",
    kind: "phone",
    state: { kind: "unauthorised", sentence: "Unlock the phone and tap Allow." },
  },
  facts: undefined,
  agent: { kind: "unknown" },
};
const computer: DeviceView = {
  device: { id: "local", name: "This computer", kind: "computer", state: { kind: "ready" } },
  facts: { abi: "x86_64" },
  agent: { kind: "unknown" },
};
const state = (devices: DeviceView[], more: Partial<DevicesViewState> = {}): DevicesViewState => ({
  devices,
  problems: [],
  virtualPhone: "stopped",
  ...more,
});
const described = (rows: readonly Row[] | undefined): Record<string, string | undefined> =>
  Object.fromEntries((rows ?? []).map((row) => [row.label, row.description]));

describe("Devices view", () => {
  it("shows a ready phone with its facts", () => {
    const [phone] = deviceRows(state([ready]));
    assert.equal(phone?.description, "ready · 37.9 °C");
    assert.equal(phone.context, "device.ready.phone");
    assert.deepEqual(described(phone.children), {
      SoC: "Snapdragon 8 Gen 3",
      GPU: "Adreno 750",
      Memory: "7.10 of 11.4 GB free",
      Storage: "148 GB free",
      Temperature: "37.9 °C",
      System: "arm64-v8a",
      Agent: "starts with the first run",
    });
  });

  it("shows no row for what a device does not tell", () => {
    const [row] = deviceRows(state([computer]));
    assert.deepEqual(Object.keys(described(row?.children)), ["System", "Agent"]);
  });

  it("says what the running agent found, and why a processor is not used", () => {
    const agent = {
      kind: "running" as const,
      version: "0.1.0",
      target: "linux-arm64",
      notes: ["This build is CPU-only."],
      processors: [
        { kind: "cpu" as const, name: "Cortex-X4", state: "ready" as const, reason: null },
        { kind: "gpu" as const, name: "", state: "missing" as const, reason: "This agent is CPU-only." },
      ],
    };
    const [phone] = deviceRows(state([{ ...ready, agent }]));
    const rows = described(phone?.children);
    assert.equal(rows["CPU"], "Cortex-X4, ready");
    assert.equal(rows["GPU"], "Adreno 750, not used");
    assert.equal(rows["Agent"], "0.1.0, linux-arm64, running");
    assert.equal(phone?.children?.find((row) => row.label === "GPU")?.tooltip, "This agent is CPU-only.");
  });

  it("offers to find out why a processor is not used, and warns of one that is broken", () => {
    const processors = [
      {
        kind: "gpu" as const,
        name: "Adreno 750",
        state: "broken" as const,
        reason: "The GPU cannot be opened: restart.",
      },
      { kind: "npu" as const, name: "NPU", state: "missing" as const, reason: "No library is here: copy it." },
    ];
    const agent = { kind: "running" as const, version: "0.1.0", target: "linux-arm64", notes: [], processors };
    const [phone] = deviceRows(state([{ ...ready, agent }]));
    const row = (label: string): Row | undefined => phone?.children?.find((child) => child.label === label);
    assert.match(row("GPU")?.description ?? "", /, broken$/);
    assert.deepEqual(row("GPU")?.icon, { name: "warning", color: "tandem.warn" });
    assert.match(row("NPU")?.description ?? "", /not used$/);
    const [reason, why] = row("NPU")?.children ?? [];
    assert.equal(reason?.label, "No library is here: copy it.");
    assert.equal(why?.command, "tandem.checkDevice");
    assert.deepEqual(why.subject, { deviceId: ready.device.id });
  });

  it("puts the sentence of a phone that is not ready above the rows", () => {
    const view = state([asking]);
    const [phone] = deviceRows(view);
    assert.equal(phone?.description, "not authorised");
    assert.equal(phone.context, "device.unauthorised.phone");
    assert.match(phone.tooltip ?? "", /Unlock the phone and tap Allow\./);
    assert.equal(devicesMessage(view), "Galaxy S25: Unlock the phone and tap Allow.");
    assert.deepEqual(
      phone.children?.map((row) => [row.label, row.command]),
      [["Ask the phone again", "tandem.askPhoneAgain"]],
    );
  });

  it("offers to set the path where adb is missing", () => {
    const view = state([computer], { problems: [{ code: "adb-missing", message: "adb was not found." }] });
    assert.equal(deviceRows(view)[0]?.command, "tandem.setAdbPath");
    const told = devicesMessage(view) ?? "";
    assert.match(told, /^adb was not found, .*; this computer works without it\.$/);
    assertOneSentence(told);
  });

  it("offers the virtual phone until it runs", () => {
    const ids = (virtualPhone: DevicesViewState["virtualPhone"]): string[] =>
      deviceRows(state([computer], { virtualPhone })).map((row) => row.id);
    assert.deepEqual(ids("stopped"), ["local", "virtual-phone", "pair"]);
    assert.deepEqual(ids("running"), ["local"]);
    assert.match(devicesMessage(state([computer])) ?? "", /^No phone is connected: plug one in/);
    assert.equal(devicesMessage(state([computer, ready])), undefined);
  });
});

const model = (more: Partial<ModelView> = {}): ModelView => ({
  path: "/models/a.gguf",
  name: "Llama-3.2-1B",
  sizeBytes: 0.77e9,
  bundled: false,
  onDevices: [],
  header: { family: "llama", type: "Q4_0", parameters: 1.24e9, contextLength: 131072, layers: 16, hasTemplate: true },
  ...more,
});

describe("Models view", () => {
  it("shows type, size and facts, and where a verified copy is", () => {
    const [row] = modelRows([model({ onDevices: ["Xiaomi 14"] })]);
    assert.equal(row?.description, "Q4_0 · 770 MB");
    assert.equal(row.context, "model.runnable");
    assert.deepEqual(described(row.children), {
      Family: "llama",
      Type: "Q4_0",
      Parameters: "1.24 B",
      Layers: "16",
      Context: "131072 tokens",
      Size: "770 MB",
      "On Xiaomi 14": "verified",
    });
  });

  it("lists a model that cannot be run with the reason, and does not offer to run it", () => {
    const broken: ModelView = {
      path: "/models/a.gguf",
      name: "a.gguf",
      sizeBytes: 17,
      bundled: false,
      onDevices: [],
      problem: "a.gguf is damaged: download or copy it again.",
    };
    const [row] = modelRows([broken]);
    assert.equal(row?.context, "model.problem");
    assert.equal(row.icon?.name, "warning");
    assert.equal(row.children?.[0]?.label, "a.gguf is damaged: download or copy it again.");
  });

  it("puts the demo model last, and says so when it is alone", () => {
    const demo = model({ path: "/ext/demo.gguf", name: "Tandem Demo", bundled: true });
    assert.deepEqual(
      modelRows([demo, model({ name: "Zephyr" })]).map((row) => row.label),
      ["Zephyr", "Tandem Demo"],
    );
    assert.match(modelsMessage([demo], []) ?? "", /^Only the demo model/);
    assert.match(modelsMessage([demo], ["/models"]) ?? "", /^No GGUF file/);
    assert.equal(modelsMessage([demo, model()], []), undefined);
  });
});

const now = new Date(2026, 10, 20, 15, 0);
const run = (at: Date, more: Partial<RunView> = {}): RunView => ({
  path: `/runs/${String(at.getTime())}.pftrace`,
  startedAt: at.getTime(),
  model: "Llama-3-8B",
  device: "Xiaomi 14",
  origin: "measured",
  prefillRate: 236.2,
  decodeRate: 13.02,
  finish: "end-token",
  ...more,
});

describe("Runs view", () => {
  it("groups by day, newest first, modeled runs apart", () => {
    const rows = runRows(
      [
        run(new Date(2026, 10, 19, 23, 59)),
        run(new Date(2026, 10, 20, 13, 42)),
        run(new Date(2026, 10, 20, 14, 5)),
        run(new Date(2026, 10, 20, 14, 6), { origin: "modeled" }),
        run(new Date(2025, 0, 2, 9, 0)),
      ],
      now,
      "en",
    );
    assert.deepEqual(
      rows.map((row) => [row.label, row.description]),
      [
        ["Today", "2 runs"],
        ["Yesterday", "1 run"],
        ["January 2, 2025", "1 run"],
        ["Modeled", "1 run"],
      ],
    );
    assert.match(rows[0]?.children?.[0]?.label ?? "", /^14:05 Llama-3-8B$/);
    assert.equal(rows[0]?.children?.[0]?.description, "236 · 13.0 tok/s · Xiaomi 14");
    assert.match(rows[3]?.children?.[0]?.description ?? "", /^≈ 236 · 13\.0 tok\/s/);
  });

  it("says of a modeled run that it is uncalibrated", () => {
    const [day] = runRows([run(now, { origin: "modeled", uncalibrated: true })], now, "en");
    assert.equal(day?.children?.[0]?.description, "≈ 236 · 13.0 tok/s · Xiaomi 14 · uncalibrated");
    assert.match(day.children[0].tooltip ?? "", /, modeled, uncalibrated\n/);
  });

  it("opens the timeline from a run, and marks one that has a problem", () => {
    const [day] = runRows([run(now, { problem: "This file is empty." })], now, "en");
    const [row] = day?.children ?? [];
    assert.equal(row?.command, "tandem.openTimeline");
    assert.equal(row.context, "run.problem");
    assert.match(row.tooltip ?? "", /This file is empty\./);
  });

  it("claims nothing of a file that Tandem did not record", () => {
    const stranger = { path: "/runs/x.pftrace", startedAt: 0, model: "x", device: "", origin: "measured" } as const;
    const [day] = runRows([{ ...stranger, problem: "Tandem did not record this trace here." }], now, "en");
    assert.equal(day?.children?.[0]?.tooltip, "x\nTandem did not record this trace here.\n/runs/x.pftrace");
  });

  it("shows one rate where the run ended before a second token", () => {
    const [day] = runRows([run(now, { decodeRate: 0 })], now, "en");
    assert.equal(day?.children?.[0]?.description, "236 tok/s · Xiaomi 14");
  });
});
