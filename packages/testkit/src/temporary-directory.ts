import { chmod, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory that is gone after `remove()`, or at the end of an `await using` block. */
export interface TemporaryDirectory extends AsyncDisposable {
  /** Absolute, without symlinks in it. */
  readonly path: string;
  /** Removes the directory and everything below it; again: nothing happens. */
  remove(): Promise<void>;
}

/**
 * Makes an empty directory (mode 0755, so that a web server of another user can enter it) below the system's temporary one.
 *
 * @example
 * ```ts
 * const directory = await temporaryDirectory("sync-");
 * onTestFinished(() => directory.remove());
 * ```
 */
export async function temporaryDirectory(prefix = "mirror-test-"): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(await realpath(tmpdir()), prefix));
  await chmod(path, 0o755);
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3 });
  return { path, remove, [Symbol.asyncDispose]: remove };
}
