import { type Disposable, toDisposable } from "../../src/base/disposable";
import { type Result, failure, success } from "../../src/base/result";
import type { ProfileCurvesParams, ProfileCurvesResult } from "../../src/plan/types";
import { Channel, type Port } from "../../src/ui/messages/channel";
import type { ExportKind, TimelineHost, TimelinePage, TraceMore } from "../../src/ui/messages/timeline";
import { inlineTraceId } from "./page";

export interface TraceLoad {
  readonly fileName: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** A run writes the file now. */
  readonly running: boolean;
}

/** What the page needs from where it is shown: the editor, or a report that stands alone. */
export interface Host {
  readonly kind: "editor" | "report";
  load(): Promise<Result<TraceLoad>>;
  /** What the file holds from a byte on. */
  more(from: number): Promise<Result<TraceMore>>;
  save(
    kind: ExportKind,
    fileName: string,
    content: string | ArrayBuffer | undefined,
  ): Promise<Result<{ readonly saved: boolean }>>;
  copy(text: string): Promise<Result<null>>;
  openInPerfetto(): Promise<Result<null>>;
  report(code: string, message: string): void;
  /** What shapes cost over the number of tokens, from the agent of this computer. */
  curves(params: ProfileCurvesParams, signal: AbortSignal): Promise<Result<ProfileCurvesResult>>;
  /** Asks for a run, for a page that has none to show. */
  run(): void;
  /** Asks for an override of how ops of this pattern are placed; a report cannot. */
  override(pattern: string): void;
  /** Opens the tuner of this run; a report cannot. */
  tune(): void;
  readState(): unknown;
  writeState(state: unknown): void;
  onChanged(listener: () => void): Disposable;
  onReveal(listener: (query: string) => void): Disposable;
}

interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare global {
  /** Given to every webview by the editor, once. */
  var acquireVsCodeApi: (() => EditorApi) | undefined;
}

export function connectHost(): Host {
  return globalThis.acquireVsCodeApi === undefined ? reportHost() : editorHost(globalThis.acquireVsCodeApi());
}

function editorHost(api: EditorApi): Host {
  const port: Port = {
    post: (message) => api.postMessage(message),
    listen: (listener) => {
      const own = (event: MessageEvent<unknown>): void => listener(event.data);
      window.addEventListener("message", own);
      return toDisposable(() => window.removeEventListener("message", own));
    },
  };
  const changed = new Set<() => void>();
  const reveal = new Set<(query: string) => void>();
  const channel = new Channel<TimelinePage, TimelineHost>(
    port,
    {},
    {
      changed: () => changed.forEach((listener) => listener()),
      reveal: ({ query }) => reveal.forEach((listener) => listener(query)),
    },
    // Saving waits for a person to choose a place.
    { timeoutMs: 0 },
  );
  const subscribe = <T>(to: Set<T>, listener: T): Disposable => {
    to.add(listener);
    return toDisposable(() => to.delete(listener));
  };
  return {
    kind: "editor",
    load: () => loadFromEditor(channel),
    more: (from) => channel.request("more", { from }),
    save: (kind, _fileName, content) => channel.request("save", content === undefined ? { kind } : { kind, content }),
    copy: (text) => channel.request("copy", { text }),
    openInPerfetto: () => channel.request("openInPerfetto", null),
    report: (code, message) => channel.emit("problem", { code, message }),
    curves: (params, signal) => channel.request("curves", params, signal),
    run: () => channel.emit("run", null),
    override: (pattern) => channel.emit("override", { pattern }),
    tune: () => channel.emit("tune", null),
    readState: () => api.getState(),
    writeState: (state) => api.setState(state),
    onChanged: (listener) => subscribe(changed, listener),
    onReveal: (listener) => subscribe(reveal, listener),
  };
}

/** Fetches the file itself; where the editor does not let it, the bytes come as a message. */
async function loadFromEditor(channel: Channel<TimelinePage, TimelineHost>): Promise<Result<TraceLoad>> {
  const source = await channel.request("load", null);
  if (!source.ok) return source;
  const { uri, fileName, running } = source.value;
  if (uri !== undefined) {
    try {
      const response = await fetch(uri);
      if (response.ok) return success({ fileName, running, bytes: new Uint8Array(await response.arrayBuffer()) });
      channel.emit("problem", {
        code: "trace-fetch",
        message: `The file's address answered ${String(response.status)}.`,
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      channel.emit("problem", { code: "trace-fetch", message });
    }
  }
  const direct = await channel.request("more", { from: 0 });
  if (!direct.ok) return direct;
  return success({ fileName, running: direct.value.running, bytes: direct.value.bytes as Uint8Array<ArrayBuffer> });
}

function reportHost(): Host {
  const inline = document.getElementById(inlineTraceId);
  const fileName = inline?.dataset.name ?? "run.pftrace";
  const load = (): Result<TraceLoad> => {
    if (inline === null) return failure("trace-missing", "This page holds no trace; export the report again.");
    const text = atob(inline.textContent.trim());
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return success({ fileName, bytes, running: false });
  };
  return {
    kind: "report",
    load: () => Promise.resolve(load()),
    more: (from) => Promise.resolve(success({ bytes: new Uint8Array(), size: from, stamp: "", running: false })),
    save: (kind, name, content) => {
      const loaded = content === undefined ? load() : undefined;
      if (loaded !== undefined && !loaded.ok) return Promise.resolve(loaded);
      const data = content ?? loaded?.value.bytes ?? new Uint8Array();
      download(`${name.replace(/\.pftrace$/, "")}.${kind}`, new Blob([data]));
      return Promise.resolve(success({ saved: true }));
    },
    copy: async (text) => {
      try {
        await navigator.clipboard.writeText(text);
        return success(null);
      } catch {
        return failure("copy-refused", "The browser refused to copy; select the text and copy it by hand.");
      }
    },
    openInPerfetto: () => {
      window.open("https://ui.perfetto.dev", "_blank", "noopener");
      return Promise.resolve(success(null));
    },
    report: () => undefined,
    curves: () =>
      Promise.resolve(
        failure("report-without-agent", "An agent computes the curves: open this run's trace in VS Code to see them."),
      ),
    run: () => undefined,
    override: () => undefined,
    tune: () => undefined,
    readState: () => undefined,
    writeState: () => undefined,
    onChanged: () => toDisposable(() => undefined),
    onReveal: () => toDisposable(() => undefined),
  };
}

function download(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
