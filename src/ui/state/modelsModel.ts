import { stat } from "node:fs/promises";
import path from "node:path";
import { type Disposable, DisposableStore } from "../../base/disposable";
import { Emitter, type Event } from "../../base/event";
import type { Failure } from "../../base/result";
import { readModelHeader } from "../../model/header";
import type { LibraryModel, ModelLibrary } from "../../model/library";
import { verdict } from "../../model/verdict";
import { text } from "../text";
import type { ModelView } from "../trees/modelRows";

/** The models of the user's folders and the one that comes with Tandem, and which devices hold them. */
export class ModelsModel implements Disposable {
  readonly onDidChange: Event<void>;
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new Emitter<void>());
  private readonly onDevices = new Map<string, Set<string>>();

  constructor(
    private readonly library: ModelLibrary,
    /** Folder of the demo model. */
    private readonly bundledFolder: string,
  ) {
    this.onDidChange = this.changed.event;
    this.store.add(library);
    this.store.add(library.onDidChange(() => this.changed.fire()));
  }

  get views(): readonly ModelView[] {
    return this.library.models.map((model) => this.view(model));
  }

  get problems(): readonly Failure[] {
    return this.library.problems.filter((problem) => !problem.message.includes(this.bundledFolder));
  }

  find(file: string): ModelView | undefined {
    return this.views.find((model) => model.path === file);
  }

  /** A file outside the folders; a bad one comes with its problem. */
  async read(file: string): Promise<ModelView> {
    return this.view(await readLibraryModel(file));
  }

  setFolders(folders: readonly string[]): Promise<void> {
    return this.library.setFolders([...folders, this.bundledFolder]);
  }

  refresh(): Promise<void> {
    return this.library.refresh();
  }

  /** Remembers that a device holds a verified copy; forgotten when the device leaves. */
  markOnDevice(file: string, deviceName: string): void {
    const devices = this.onDevices.get(file) ?? new Set<string>();
    this.onDevices.set(file, devices.add(deviceName));
    this.changed.fire();
  }

  keepDevices(names: ReadonlySet<string>): void {
    for (const devices of this.onDevices.values()) {
      for (const name of devices) if (!names.has(name)) devices.delete(name);
    }
    this.changed.fire();
  }

  dispose(): void {
    this.store.dispose();
  }

  private view(model: LibraryModel): ModelView {
    const { header } = model;
    const bundled = path.dirname(model.path) === this.bundledFolder;
    const problem = problemOf(model);
    const dimensions = header?.dimensions;
    return {
      path: model.path,
      name: bundled ? text.demoModel() : (header?.name ?? path.basename(model.path)),
      sizeBytes: model.bytes,
      bundled,
      onDevices: [...(this.onDevices.get(model.path) ?? [])],
      ...(problem === undefined ? {} : { problem }),
      ...(header === undefined || dimensions === undefined
        ? {}
        : {
            header: {
              family: header.family,
              type: header.type,
              parameters: header.parameters,
              contextLength: dimensions.trainedContext,
              layers: dimensions.layers,
              hasTemplate: header.chatTemplate !== null,
            },
          }),
    };
  }
}

function problemOf(model: LibraryModel): string | undefined {
  if (model.failure !== undefined) return model.failure.message;
  return model.verdict.runs ? undefined : model.verdict.why;
}

async function readLibraryModel(file: string): Promise<LibraryModel> {
  const status = await stat(file).catch(() => undefined);
  const base = { path: file, bytes: status?.size ?? 0, modifiedMs: status?.mtimeMs ?? 0 };
  const header = await readModelHeader(file);
  if (!header.ok) return { ...base, failure: header.failure };
  return { ...base, header: header.value, verdict: verdict(header.value) };
}
