// A virtual phone has no kernel of its own: its commands run on this computer, and the phone's paths in a command
// line are turned into paths below the phone's folder. Programs are started in /data/local/tmp's stand-in or below it,
// so relative paths need no turning.

const phonePaths =
  /(?<![\w./$}-])\/(data|sdcard|storage|system|vendor|odm|product|sys|proc\/(?:meminfo|cpuinfo|version))(?![\w.-])/g;

const agentCall = /(?<![\w.-])([\w./-]*\/tandem-agent)(?=\s+(?:[a-z]|--))/g;

const subcommands = /^\s+(?:serve|run|bench|simulate|receive|make-model|--version|--help)\b/;

export interface CommandContext {
  /** The phone's folder; only letters, digits and ._/+@- in it, so that it can stand in any quoting. */
  readonly root: string;
  /** Runs programs of another architecture, e.g. "qemu-aarch64-static -cpu max". */
  readonly emulator?: string;
}

/** The command line that does on this computer what `command` does on the phone. */
export function commandLineFor(command: string, context: CommandContext): string {
  const mapped = command.replace(phonePaths, (_match, rest: string) => `${context.root}/${rest}`);
  const { emulator } = context;
  if (emulator === undefined) return mapped;
  return mapped.replace(agentCall, (match, program: string, offset: number) =>
    subcommands.test(mapped.slice(offset + match.length)) ? `${emulator} ${program}` : match,
  );
}

/** True where a command line starts the agent, so that faults know whom to kill. */
export function startsAgent(command: string): boolean {
  return [...command.matchAll(agentCall)].some((match) =>
    subcommands.test(command.slice(match.index + match[0].length)),
  );
}

/** A folder name that can stand unquoted in a shell command. */
export function isSafeFolder(folder: string): boolean {
  return /^\/[\w./+@-]*$/.test(folder);
}
