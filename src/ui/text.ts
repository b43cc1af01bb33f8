// Every text of the extension that is more than a name: one function per message.
// Form: what is true, and what to do; one sentence where it stands alone.
import { formatBytes as bytes, formatCount as parameters, significant as figures } from "../base/units";
import type { Progress } from "../base/progress";
import { inSentence } from "../base/words";
import { bytesOf, temperature, timeLeft, tokenRate } from "./figures";

export const text = {
  // Devices view
  noAdb: () =>
    "adb was not found, and Tandem needs it to talk to phones: install it, or set its path; this computer works without it.",
  setAdbPath: () => "Set the path to adb…",
  noPhone: () =>
    "No phone is connected: plug one in, or pair over Wi-Fi; the virtual phone and this computer work now.",
  phoneProblem: (phone: string, sentence: string) => (sentence.includes(phone) ? sentence : `${phone}: ${sentence}`),
  virtualPhone: () => "Virtual phone",
  virtualPhoneStopped: () => "not started",
  virtualPhoneExplained: () =>
    "A phone without a phone: it speaks adb, and its agent runs on this computer. Everything else is as on a real one.",
  noVirtualPhone: () => "This build of Tandem has no description of a virtual phone.",
  startingVirtualPhone: () => "Starting the virtual phone",
  virtualPhoneNeedsAdb: () => "The virtual phone needs adb, and adb was not found: install adb or set its path.",
  ready: () => "ready",
  notUsed: () => "not used",
  deviceState: { ready: "ready", unauthorised: "not authorised", offline: "offline", unsupported: "not supported" },
  freeOf: (free: number, whole: number) => `${bytesOf(free, whole)} free`,
  free: (free: number) => `${bytes(free)} free`,
  total: (size: number) => bytes(size),
  percent: (value: number) => `${Math.round(value)} %`,
  celsius: temperature,
  agentUnknown: () => "starts with the first run",
  agentDeployed: (target: string) => `deployed, ${target}`,
  agentRunning: (version: string, target: string) => `${version}, ${target}, running`,
  agentEnded: (reason: string) => reason,
  connectTitle: () => "Connect to Device over TCP",
  askAddress: () => "Address of the device, as adb connect takes it",
  addressExample: () => "192.168.1.20:5555",
  badAddress: () => "Write host:port, for example 192.168.1.20:5555.",
  pairTitle: (step: number) => `Pair with a phone over Wi-Fi (${step}/2)`,
  askPairAddress: () => "Address that the phone shows under Wireless debugging, Pair device with pairing code",
  pairAddressExample: () => "192.168.1.20:37123",
  askPairCode: () => "The six digits that the phone shows there",
  badPairCode: () => "Write the six digits that the phone shows.",
  pairing: (address: string) => `Pairing with ${address}`,
  pair: () => "Pair…",
  askPhoneAgain: () => "Ask the phone again",
  connected: (address: string) => `Connected to ${address}.`,
  connecting: (address: string) => `Connecting to ${address}`,

  // Models view
  onlyDemoModel: () => "Only the demo model is here: add the folder that holds your GGUF files.",
  foundModelsNowhere: () => "No GGUF file is in the models folders: put one there, or add another folder.",
  demoModel: () => "Tandem Demo",
  demoModelNote: () => "small model that comes with Tandem",
  onDevice: (device: string) => `On ${inSentence(device)}`,
  verified: () => "verified",
  contextTokens: (tokens: number) => `${figures(tokens)} tokens`,
  parameters,
  noTemplate: () => "none",
  noTemplateExplained: () => "This model has no chat template: the prompt is sent as it is.",
  chooseFolder: () => "Use Folder",
  reading: () => "reading…",

  // Runs view
  runRates: (prefill: number, decode: number) => `${figures(prefill)} · ${tokenRate(decode)}`,
  runCount: (count: number) => (count === 1 ? "1 run" : `${count} runs`),
  modeled: () => "Modeled",
  today: () => "Today",
  yesterday: () => "Yesterday",
  exportTitle: (file: string) => `Export ${file}`,
  deleteRun: (name: string) => `Delete the run "${name}" and its trace?`,
  deleteRuns: (count: number) => `Delete ${count} runs and their traces?`,
  deleteRunDetail: () => "This cannot be undone.",
  delete: () => "Delete",

  // Picks and commands
  pickDevice: () => "Device to run on",
  pickDeviceFor: (action: string) => `${action}: choose a device`,
  pickModel: () => "Model to run",
  pickRun: () => "Run to open",
  noRun: () => "There is no run yet: run a model and its timeline opens here.",
  noModel: () => "No model is here yet: add the folder that holds your GGUF files.",
  noReadyDevice: () => "No device is ready: plug in a phone, or start the virtual phone.",
  modelNotRunnable: (model: string, why: string) => `${model} cannot be run: ${why}`,
  untrusted: () => "Running is off because this workspace is not trusted: trust it to run models on devices.",
  manageTrust: () => "Manage Workspace Trust",
  addModelsFolder: () => "Add Models Folder…",
  startVirtualPhone: () => "Start Virtual Phone",
  showLog: () => "Show Log",
  tryAgain: () => "Try Again",
  openTrace: () => "Open the Trace",
  openTimeline: () => "Open Timeline",
  openAsTimeline: () => "Open as Timeline",
  deployTitle: () => "Deploy Agent",
  pushTitle: () => "Push Model",
  verifyTitle: () => "Verify Model on Device",
  verifying: (model: string, device: string) => `Verifying ${model} on ${inSentence(device)}`,
  verifyReportTitle: (model: string, device: string) => `${model} verified on ${inSentence(device)}`,
  logTitle: () => "Show Agent Log",
  readingLog: (device: string) => `Reading the agent's log on ${inSentence(device)}`,
  deploying: (device: string) => `Deploying the agent to ${inSentence(device)}`,
  deployed: (device: string, target: string) => `The agent (${target}) is on ${inSentence(device)}.`,
  deployedAlready: (device: string, target: string) => `${device} has this agent (${target}) already.`,
  pushing: (model: string, device: string) => `Pushing ${model} to ${inSentence(device)}`,
  pushed: (model: string, device: string, size: number, seconds: number) =>
    `${model} is on ${inSentence(device)}, verified: ${bytes(size)} at ${bytes(size / Math.max(seconds, 1e-3))}/s.`,
  pushedAlready: (model: string, device: string) => `${model} was on ${inSentence(device)} already, verified.`,
  nothingToPush: (model: string) => `This computer reads ${model} from where it is: there is nothing to push.`,
  logEmpty: (device: string) => `The agent on ${inSentence(device)} has not logged anything yet.`,
  agentLogTitle: (device: string) => `Agent log: ${device}`,
  nothingRuns: () => "No run is going on.",
  busy: (device: string) => `${device} is busy with a run: stop it first, or wait until it ends.`,
  dragIntoPerfetto: (file: string) => `Drag ${file} into the Perfetto UI to open it there.`,
  missingFile: (file: string) => `${file} is not there any more: refresh the view.`,

  // Comparison
  compareTitle: () => "Compare Runs",
  compareTwo: () => "Two runs can be compared at a time: select two of them.",
  pickFirstRun: () => "First run",
  pickOtherRun: () => "Run to compare it with",
  noOtherRun: () => "There is no other run to compare it with: run a model once more.",

  // Simulation and profile
  simulateTitle: () => "Simulate",
  simulating: (soc: string) => `Simulating on ${soc}`,
  simulated: (soc: string, calibrated: boolean, prefill: number, decode: number) =>
    `Modeled${calibrated ? "" : ", uncalibrated"}: ${soc} would do ≈ ${tokenRate(prefill)} in prefill and ≈ ${tokenRate(decode)} in decode.`,
  shapesThatComeAlong: () => "Published models, no file needed",
  shapeType: () => "Q4_0",
  modelFiles: () => "Model files",
  pickShape: () => "Model to simulate",
  pickSoc: () => "Phone's chip to simulate it on",
  calibrated: () => "calibrated on published measurements",
  uncalibrated: () => "uncalibrated: scaled from published figures",
  pickWorkload: () => "Tokens of the prompt + tokens generated",
  workload: (prompt: number, generated: number) => `${prompt} + ${generated} tokens`,
  otherWorkload: () => "Other…",
  askWorkload: () => "Tokens of the prompt + tokens generated",
  badWorkload: (most: number) => `Write two whole numbers from 1 to ${most}, for example 256 + 32.`,
  pickEngine: () => "Engine to simulate",
  engines: {
    tensor: {
      label: "GPU + NPU on the same tensors",
      description: "tensor-level",
      detail: "What Tandem runs: the plan.",
    },
    layer: {
      label: "GPU + NPU, op by op",
      description: "layer-level",
      detail: "Each op whole, on the faster processor.",
    },
    gpu: { label: "GPU alone", description: "baseline" },
    npu: { label: "NPU alone", description: "baseline" },
  },
  nothingChosen: () => "Nothing was chosen.",
  profileTitle: () => "Profile Model on Device",
  profiling: (model: string, device: string) => `Measuring ${model} on ${inSentence(device)}`,
  profiled: (device: string, samples: number, time: string, errors: string) =>
    `${samples} shapes were measured on ${inSentence(device)} in ${time}${errors === "" ? "" : `; others are predicted to ${errors}`}.`,

  // Doctor
  doctorTitle: () => "Check Device",
  looking: (device: string) => `Looking at ${inSentence(device)}`,
  broken: () => "broken",
  whyNot: () => "Find out why…",

  // tandem.json
  lensRun: () => "$(play) Run",
  lensSimulate: () => "$(beaker) Simulate",
  lensTune: () => "$(settings) Tune",
  noFolder: (file: string) => `No folder is open that could hold ${file}: open one first.`,
  notWritten: (file: string) => `${file} could not be saved: check that you may write it.`,
  overrideTitle: () => "Add Override",
  askPattern: () => "Ops that are placed so; * stands for any characters",
  askStrategy: () => "How they are placed",
  uncalibratedMark: () => "uncalibrated",

  // Run panel
  runTitle: (model: string) => `Run: ${model}`,
  runTitleEmpty: () => "Run Model",

  preparing: (device: string) => `Preparing ${inSentence(device)}`,
  stoppedBefore: () => "Stopped before the first token.",
  reloadedAt: (tokens: number) =>
    tokens === 0
      ? "The window was reloaded before the first token: ask again."
      : `The window was reloaded at token ${tokens}: ask again for a whole answer.`,
  stoppedAt: (tokens: number) => (tokens === 0 ? "Stopped before the first token." : `Stopped at token ${tokens}.`),
  gone: (device: string) => `${device} is not connected any more: plug it in again, or choose another device.`,
  failedBefore: () => "This question got no answer.",
  cutShort: (tokens: number) => (tokens === 0 ? "No token came." : `Cut short at token ${tokens}.`),
  emptyAnswer: () => "The model ended its answer at once.",
  atLimit: (tokens: number) => `Ended at the limit of ${tokens} tokens.`,
  contextFull: () => "The context is full: start a new chat, or set a longer context.",
  chooseModel: () => "Choose Another Model",
  chooseDevice: () => "Choose Another Device",
  deployAgain: () => "Deploy Agent",
  /** Of one processor its ops; of several their parts of the busy time. */
  opsRan: (ranOn: readonly { readonly processor: string; readonly ops: number; readonly share: number }[]) => {
    const ran = [...ranOn].filter(({ ops }) => ops > 0).sort((a, b) => b.share - a.share);
    const [only] = ran;
    if (only === undefined) return "";
    if (ran.length === 1) return `${only.ops} ops`;
    return ran.map(({ processor, share }) => `${processor.toUpperCase()} ${Math.round(100 * share)} %`).join(", ");
  },
  demoQuestions: () => [
    "What is prefill?",
    "Why does an NPU need fixed shapes?",
    "How does Tandem split a matmul between the GPU and the NPU?",
  ],

  // Tuner
  tuneTitle: () => "Tune",
  tuneReading: () => "The trace is being read: wait a moment.",
  tuneTitleOf: (file: string) => `Tune: ${file.replace(/\.pftrace$/, "")}`,
  tuneSubject: (time: string, device: string, prompt: number, generated: number) =>
    [time === "" ? "the run" : `the run of ${time}`, inSentence(device), `${prompt} + ${generated} tokens`]
      .filter((part) => part !== "")
      .join(", "),
  tuneCosts: (name: string, origin: "measured" | "modeled") =>
    origin === "measured" ? `the profile measured on ${name}` : `the description of ${name}`,
  tuneUntrusted: () => "Runs are off because this workspace is not trusted: trust it to measure settings on a device.",
  tuneSimulated: () => "This run was simulated, so there is no device to measure on: predictions work.",
  tuneDeviceGone: () => "The device of this run is not connected: plug it in to measure settings there.",
  tuneModelGone: () => "The model file of this run is not here any more: put it back to measure settings.",
  tuneBusy: () => "The tuner or a chat is at work on this device: wait until it ends, or stop it.",
  tuneNoFolder: () => "No folder is open, so there is no place for tandem.json: open a folder first.",
  tuneNotWritten: () => "tandem.json could not be written: check that the folder can be written to.",

  // Status bar
  statusIdle: (device: string, ran: string, rate: number) => `${device} · ${ran} · ${tokenRate(rate)}`,
  statusPreparing: (device: string) => `${device} · preparing`,
  statusRunning: (device: string, rate: number | null) =>
    rate === null ? `${device} · running` : `${device} · ${tokenRate(rate)}`,
  statusStop: () => "Stop this run",
  statusShow: () => "Show the run panel",
} as const;

/** "2.1 of 4.34 GB · 186 MB/s · 12 s left", as far as it is known. */
export function progressDetail(progress: Progress): string {
  const { done, total, unit, rate, secondsLeft } = progress;
  const parts: string[] = [];
  if (unit === "bytes") parts.push(total > 0 ? bytesOf(done, total) : bytes(done));
  else if (total > 0) parts.push(`${Math.round(done)} of ${Math.round(total)} ${unit}`);
  if (rate !== undefined && rate > 0) parts.push(unit === "bytes" ? `${bytes(rate)}/s` : `${figures(rate)} ${unit}/s`);
  if (secondsLeft !== undefined && Number.isFinite(secondsLeft)) parts.push(timeLeft(secondsLeft));
  return parts.join(" · ");
}

/** "CPU", "GPU + NPU": what ran, the busiest first. */
export function ranOnNames(ranOn: readonly { readonly processor: string; readonly share: number }[]): string {
  const names = [...ranOn].filter((item) => item.share > 0).sort((a, b) => b.share - a.share);
  return names.map((item) => item.processor.toUpperCase()).join(" + ");
}
