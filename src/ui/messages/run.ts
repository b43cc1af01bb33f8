// What the run panel and the extension tell each other. No vscode, no DOM, no Node.

/** The whole of what the panel shows; sent on every change except the arrival of tokens. */
export interface RunPanelState {
  readonly device: { readonly name: string; readonly kind: "computer" | "phone" | "virtual-phone" } | null;
  readonly model: { readonly name: string; readonly type: string | null; readonly path: string } | null;
  readonly phase: RunPhase;
  /** What is being prepared; null outside `preparing`. */
  readonly progress: PanelProgress | null;
  readonly turns: readonly Turn[];
  readonly settings: PanelSettings;
  readonly numbers: RunNumbers | null;
  /** Decode rate of each token of the last answer, tok/s. */
  readonly rates: readonly number[];
  /** Most tokens that the last answer may have. */
  readonly limit: number;
  readonly notice: Notice | null;
  /** Sentences of the agent and the model that a user should see. */
  readonly notes: readonly string[];
  /** Questions that the model is known to answer, offered in an empty chat. */
  readonly suggestions: readonly string[];
  /** The trace of the last run; null where there is none to open. */
  readonly tracePath: string | null;
  readonly trusted: boolean;
}

export type RunPhase = "idle" | "preparing" | "streaming" | "stopping";

export interface PanelProgress {
  readonly stage: string;
  /** "2.1 of 4.34 GB · 186 MB/s · 12 s left" */
  readonly detail: string;
  /** 0 to 1; null where the whole is unknown. */
  readonly fraction: number | null;
}

export interface Turn {
  readonly role: "user" | "assistant";
  readonly text: string;
  /** Tokens of the prompt, or of the answer; null until known. */
  readonly tokens: number | null;
  /** How an answer ended; null while it goes on, and for prompts. */
  readonly end: "finished" | "stopped" | "at-limit" | "failed" | null;
  /** Said below an answer that did not end by itself: "Stopped at token 17." */
  readonly detail: string | null;
}

export interface PanelSettings {
  readonly temperature: number;
  readonly maxTokens: number;
  /** Where the chat template comes from; null until the model was read. */
  readonly template: "from file" | "none" | null;
}

/** All measured on the device; a value that is not known is null. */
export interface RunNumbers {
  readonly firstTokenMs: number | null;
  readonly promptTokens: number | null;
  /** Prompt tokens that were in the KV cache already. */
  readonly cachedTokens: number | null;
  /** tok/s */
  readonly prefillRate: number | null;
  /** tok/s */
  readonly decodeRate: number | null;
  /** How many tokens the decode rate is the mean of. */
  readonly decodeTokens: number;
  /** True while the decode rate covers the last tokens only. */
  readonly live: boolean;
  readonly memoryBytes: number | null;
  readonly memoryAvailableBytes: number | null;
  readonly celsius: number | null;
  /** "CPU", "GPU + NPU"; null until the run has ended. */
  readonly ranOn: string | null;
  /** What they did: "1204 ops", or "GPU 61 %, NPU 39 %" of the busy time. */
  readonly ranOnDetail: string | null;
}

export interface Notice {
  readonly level: "error" | "warning";
  /** One sentence. */
  readonly sentence: string;
  /** Shown below in muted mono; null for none. */
  readonly code: string | null;
  readonly action: { readonly id: NoticeAction; readonly label: string } | null;
}

export type NoticeAction =
  | "open-timeline"
  | "retry"
  | "show-log"
  | "pick-device"
  | "pick-model"
  | "set-adb-path"
  | "deploy-agent"
  | "manage-trust";

/** What the extension answers and hears. */
export type RunHost = {
  readonly requests: { readonly ready: { readonly params: null; readonly result: RunPanelState } };
  readonly events: {
    readonly send: string;
    readonly stop: null;
    readonly newChat: null;
    readonly pickDevice: null;
    readonly pickModel: null;
    readonly openTimeline: null;
    readonly openSettings: null;
    readonly set: { readonly name: "temperature" | "maxTokens"; readonly value: number };
    readonly act: NoticeAction;
  };
};

/** What the panel hears. */
export type RunPage = {
  readonly requests: Readonly<Record<string, never>>;
  readonly events: {
    readonly state: RunPanelState;
    /** Text that became final, and the rate of each token in it. */
    readonly tokens: {
      readonly text: string;
      readonly rates: readonly number[];
      readonly tokens: number;
      readonly numbers: RunNumbers;
    };
    /** Puts the cursor into the prompt box. */
    readonly focusPrompt: null;
  };
};
