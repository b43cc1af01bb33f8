/** What the system said about a file, as part of a sentence: "the disk is full". Its own code belongs into a context. */
export function fileTrouble(error: unknown): string {
  return words[systemCode(error)] ?? "the system refused";
}

/** The system's code, for example ENOSPC; empty where there is none. */
export function systemCode(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code ?? "";
}

const words: Readonly<Record<string, string>> = {
  EACCES: "access is not allowed",
  EBUSY: "another program uses it",
  EDQUOT: "the disk is full",
  EFBIG: "the file would be too large",
  EIO: "the disk does not answer properly",
  EISDIR: "it is a folder",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "it is not there",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of the path is no folder",
  EPERM: "access is not allowed",
  EROFS: "the disk is read-only",
};
