import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Copies the indices of a directory to `by-hash/SHA256`. */
export function addByHash(directory: string): void {
  const names = readdirSync(directory).filter((name) => /^(Packages|Sources)/.test(name));
  const copies = join(directory, "by-hash/SHA256");
  mkdirSync(copies, { recursive: true });
  for (const name of names) {
    const path = join(directory, name);
    const digest = createHash("sha256").update(readFileSync(path)).digest("hex");
    copyFileSync(path, join(copies, digest));
  }
}
