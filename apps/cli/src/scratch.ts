import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A temporary directory that is gone when it is disposed of, and at the latest when the process ends. */
export interface Scratch extends Disposable {
  readonly path: string;
}

/** Makes a temporary directory below TMPDIR. */
export function openScratch(): Scratch {
  const path = mkdtempSync(join(tmpdir(), "mirrorctl-"));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  process.once("exit", remove);
  return {
    path,
    [Symbol.dispose]() {
      process.removeListener("exit", remove);
      remove();
    },
  };
}
