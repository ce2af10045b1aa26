import { spawnSync } from "node:child_process";
import { accessSync, closeSync, constants, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CliError } from "./error.js";
import { nearestExisting } from "./nearest-existing.js";

const WRITE = constants.W_OK | constants.X_OK;
const PROGRAM = fileURLToPath(import.meta.url);

/**
 * Run as root, makes this process the owner of `dir` for good, user and group, so that everything
 * that it makes belongs to them. Called once configuration and secrets are read. A `dir` that does
 * not exist yet changes nothing: whoever makes it owns it.
 * @throws CliError ERR_CLI_UNREADABLE_PROGRAM when the owner cannot read this program.
 */
export function becomeOwner(dir: string): void {
  if (process.getuid?.() !== 0) return;
  const { path, stats } = nearestExisting(dir);
  if (path !== dir || stats.uid === 0) return;
  becomeUser(stats.uid, stats.gid);
}

/**
 * Checks that this user may write to `dir`, or make it.
 * @param command - The command line to suggest where the right is lacking.
 * @throws CliError ERR_CLI_NOT_OWNER, ERR_CLI_NOT_A_DIRECTORY.
 */
export function requireWriter(dir: string, command: string): void {
  const { path, stats } = nearestExisting(dir);
  if (!stats.isDirectory()) {
    const message = `${path}: expected a directory, found something else`;
    throw new CliError("ERR_CLI_NOT_A_DIRECTORY", message, { path });
  }
  try {
    accessSync(path, WRITE);
  } catch (cause) {
    // Root fails here on a read-only file system, whose own error says more.
    if (process.getuid?.() === 0) return;
    const owner = userName(stats.uid);
    throw new CliError(
      "ERR_CLI_NOT_OWNER",
      `${path}: no right to write here; it belongs to ${owner ?? `user ${stats.uid}`}`,
      { path, suggestion: `sudo -u ${owner ?? `'#${stats.uid}'`} ${command}`, cause },
    );
  }
}

/** Whether this user may make names in a directory. */
export function isWritable(path: string): boolean {
  try {
    accessSync(path, WRITE);
    return true;
  } catch {
    return false;
  }
}

interface Groups {
  setgroups(groups: readonly number[]): void;
  initgroups(user: string, group: number): void;
}

function becomeUser(uid: number, gid: number): void {
  const name = userName(uid);
  // Groups first: without root's rights they could not be given up any more.
  const groups = process as unknown as Groups;
  if (name === undefined) groups.setgroups([gid]);
  else groups.initgroups(name, gid);
  process.setegid?.(gid);
  process.seteuid?.(uid);
  const readable = isProgramReadable();
  process.seteuid?.(0);
  process.setegid?.(0);
  if (!readable) {
    throw new CliError(
      "ERR_CLI_UNREADABLE_PROGRAM",
      `${PROGRAM}: dir belongs to ${name ?? `user ${uid}`}, who cannot read this program`,
      { path: PROGRAM },
    );
  }
  process.setgid?.(gid);
  process.setuid?.(uid);
}

/** Parts of the program are loaded when they are needed first, which may be after the change. */
function isProgramReadable(): boolean {
  try {
    closeSync(openSync(PROGRAM, "r"));
    return true;
  } catch {
    return false;
  }
}

/** The name of a user, if the system knows one: containers often run users without an entry. */
function userName(uid: number): string | undefined {
  const result = spawnSync("getent", ["passwd", String(uid)], { encoding: "utf8" });
  const name = result.status === 0 ? result.stdout.split(":")[0] : undefined;
  return name === "" ? undefined : name;
}
