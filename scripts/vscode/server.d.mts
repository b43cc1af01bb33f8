export interface VsCodeServer {
  readonly origin: string;
  readonly url: string;
  /** User data folder. */
  readonly data: string;
  readonly extensions: string;
  readonly ended: Promise<void>;
  dispose(): Promise<void>;
}

export function startVsCode(options: {
  readonly vsix: string;
  readonly workspace: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly args?: readonly string[];
}): Promise<VsCodeServer>;
