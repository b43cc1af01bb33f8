import { stat } from "node:fs/promises";
import type { Progress, ProgressListener } from "../base/progress";
import { type Result, failure, success } from "../base/result";
import { inSentence } from "../base/words";
import { doesNotFit, estimateFit } from "../model/fit";
import { checkedModel } from "../model/checkedModel";
import type { ModelHeader } from "../model/header";
import type { LoadedModel, PreparedDevice } from "./sessions";
import type { LoadSettings } from "./settings";

/**
 * Brings a local GGUF file into the agent's memory: checked here first, pushed if the device lacks it, loaded if the
 * agent holds something else. Nothing is sent for a model that cannot run.
 */
export async function loadModel(
  prepared: PreparedDevice,
  file: string,
  settings: LoadSettings,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<LoadedModel>> {
  const { device, session } = prepared;
  const header = await checkedModel(file);
  if (!header.ok) return header;
  const key = await loadKey(file, settings);
  if (prepared.loaded?.key === key) return success(prepared.loaded);
  const status = await session.request("device/status", {}, signal);
  if (!status.ok) return status;
  const room = status.value.memoryAvailableBytes + (prepared.loaded?.load.memory.total ?? 0);
  const estimate = estimateFit(header.value, settings.contextLength, room);
  // Only what is certain refuses before the push; the agent knows its own buffers and has the last word.
  if (estimate.weights + estimate.kvCache > room) {
    return failure("model-does-not-fit", doesNotFit(header.value, estimate, device.name));
  }

  const push = await device.pushModel(file, progress, signal);
  if (!push.ok) return push;
  if (prepared.loaded !== undefined) {
    const { modelId } = prepared.loaded.load;
    prepared.loaded = undefined;
    const unload = await session.request("model/unload", { modelId }, signal);
    if (!unload.ok) return unload;
  }
  const { contextLength, threads, processors, solver } = settings;
  const load = await session.request(
    "model/load",
    {
      path: push.value.path,
      contextLength,
      threads,
      ...(processors === undefined ? {} : { processors: [...processors] }),
      ...(solver === undefined ? {} : { settings: solver }),
    },
    signal,
    named(header.value, device.name, progress),
  );
  if (!load.ok) return load;
  const loaded: LoadedModel = { key, header: header.value, devicePath: push.value.path, load: load.value };
  prepared.loaded = loaded;
  return success(loaded);
}

/** The agent's stages (open, repack, profile, compile) in the words of a person, and what each counts. */
function named(header: ModelHeader, deviceName: string, progress: ProgressListener): ProgressListener {
  return (step: Progress) => {
    switch (step.stage) {
      case "profile":
        return progress({ ...step, stage: `Measuring the processors of ${inSentence(deviceName)}`, unit: "shapes" });
      case "compile":
        return progress({ ...step, stage: `Compiling ${header.name} for the NPU`, unit: "graphs" });
      default:
        return progress({ ...step, stage: `Loading ${header.name} ${header.type}` });
    }
  };
}

async function loadKey(file: string, settings: LoadSettings): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  return JSON.stringify([
    file,
    size,
    mtimeMs,
    settings.contextLength,
    settings.threads,
    settings.processors ?? null,
    settings.solver ?? null,
  ]);
}
