import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "./host.js";

/** A temporary directory that is gone when it is disposed of, and at the latest when the process ends. */
export interface Scratch extends Disposable {
  readonly path: string;
}

/** Makes a temporary directory below TMPDIR. */
export function openScratch(host: Pick<Host, "atExit">): Scratch {
  const path = mkdtempSync(join(tmpdir(), "mirrorctl-"));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  const forget = host.atExit(remove);
  return {
    path,
    [Symbol.dispose]() {
      forget();
      remove();
    },
  };
}
