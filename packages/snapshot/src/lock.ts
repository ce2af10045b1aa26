import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { pid } from "node:process";
import { errnoOf, reading, writing } from "./errno.js";
import { SnapshotError } from "./error.js";
import { type Holder, holderText, readHolder } from "./holder.js";
import { printable } from "./printable.js";
import { type RunResult, run } from "./run.js";

/** A lock that this process holds, until it is released or the process ends, however that ends. */
export interface Lock {
  readonly path: string;
  /**
   * The locked descriptor. Children do not get it by themselves; one that is given it (in `stdio`
   * of `spawn`) keeps the lock held for as long as it lives, also after `release`.
   */
  readonly fd: number;
  /** Gives the lock back; the second call does nothing. */
  release(): void;
}

/** Who takes a lock, for whoever finds it busy. */
export interface LockHolder {
  /** What it is doing, in a few words; never a secret. */
  readonly command: string;
  readonly since: Date;
}

/** How to meet a busy lock. */
export interface LockOptions {
  /** Wait for it instead of failing; no order among those that wait. */
  readonly wait?: boolean;
  /** Gives up waiting. */
  readonly signal?: AbortSignal | undefined;
}

const BUSY = 75;

/**
 * Takes the kernel's exclusive lock, flock(2), on a file. Node has no call for it: the `flock`
 * program of util-linux locks the open file that it inherits from us, and that lock stays ours when
 * it ends. The file is never removed: a lock on a removed file excludes nobody.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_LOCKED`, `ERR_SNAPSHOT_LOCK_FAILED`,
 * `ERR_SNAPSHOT_ABORTED`, `ERR_SNAPSHOT_WRITE`
 */
export async function takeLock(
  path: string,
  holder: LockHolder,
  options: LockOptions = {},
): Promise<Lock> {
  for (;;) {
    if (options.signal?.aborted === true) throw aborted(path, options.signal);
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
    const fd = writing(path, () => openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600));
    try {
      await lockDescriptor(path, fd, options);
      // Whoever cleared the directory while we waited has left us a lock that others do not see.
      if (inodeOf(path) === fstatSync(fd).ino) {
        const length = writeHolder(fd, { ...holder, host: hostname(), pid });
        return heldLock(path, fd, length);
      }
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
  }
}

function inodeOf(path: string): number | undefined {
  return reading(path, () => lstatSync(path, { throwIfNoEntry: false })?.ino);
}

async function lockDescriptor(path: string, fd: number, options: LockOptions): Promise<void> {
  const how = options.wait === true ? ["-x", "3"] : ["-n", "-x", "-E", String(BUSY), "3"];
  let result: RunResult;
  try {
    result = await run("flock", how, { fd, signal: options.signal });
  } catch (error) {
    throw lockFailed(path, errnoOf(error) ?? String(error), error);
  }
  if (result.status === 0) return;
  if (result.status === BUSY) throw busy(path, await readHolder(path));
  if (options.signal?.aborted === true || typeof result.status === "string")
    throw aborted(path, options.signal);
  throw lockFailed(path, `${result.status} ${result.stderr}`, undefined);
}

function heldLock(path: string, fd: number, length: number): Lock {
  let held = true;
  return {
    path,
    fd,
    release() {
      if (!held) return;
      held = false;
      try {
        // Without its line feed the text no longer counts as the word of a holder.
        if (length > 0) ftruncateSync(fd, length - 1);
      } finally {
        closeSync(fd);
      }
    },
  };
}

/** Returns the length written; 0 when there was no room: a full disk must not keep one from deleting. */
function writeHolder(fd: number, holder: Holder): number {
  const text = Buffer.from(holderText(holder));
  try {
    // One write over the old text, cut afterwards, needs no new block on a full disk.
    const length = writeSync(fd, text, 0, text.length, 0);
    ftruncateSync(fd, length);
    return length;
  } catch {
    return 0;
  }
}

function busy(path: string, holder: Partial<Holder>): SnapshotError {
  const { host, pid, since, command } = holder;
  const who = [
    pid === undefined ? undefined : `process ${pid}`,
    host === undefined ? undefined : `on ${printable(host)}`,
    since === undefined ? undefined : `since ${since.toISOString()}`,
    command === undefined ? undefined : `(${printable(command)})`,
  ].filter((part) => part !== undefined);
  return new SnapshotError(
    "ERR_SNAPSHOT_LOCKED",
    `${printable(path)}: locked by ${who.length === 0 ? "another process" : who.join(" ")}`,
    { path, host, pid, since, command },
  );
}

function lockFailed(path: string, found: string, cause: unknown): SnapshotError {
  return new SnapshotError(
    "ERR_SNAPSHOT_LOCK_FAILED",
    `${printable(path)}: cannot lock, expected flock to end with 0, got ${printable(found)}`,
    { path, expected: "0", found: printable(found), cause },
  );
}

function aborted(path: string, signal: AbortSignal | undefined): SnapshotError {
  return new SnapshotError(
    "ERR_SNAPSHOT_ABORTED",
    `${printable(path)}: waiting for the lock was given up`,
    { path, cause: signal?.reason },
  );
}
