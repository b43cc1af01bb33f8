import path from "node:path";

/** Where a path of the phone lies on this computer. `..` cannot leave the folder; paths already in it stay as they are. */
export function hostPath(root: string, phonePath: string): string {
  const inside = path.posix.normalize(`/${phonePath}`);
  if (inside === root || inside.startsWith(`${root}/`)) return inside;
  return path.join(root, inside);
}
