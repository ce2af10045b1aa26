import { dirname } from "node:path";
import type { SyncErrorFacts } from "@mirror/sync";
import { CliError, type CliErrorCode } from "./error.js";
import { EXAMINE, HINTS, REPORT, UPSTREAM } from "./hints.js";
import { nearestExisting } from "./nearest-existing.js";
import { escapeText } from "./render/escape.js";
import { systemCode } from "./system-code.js";
import { TLS_HINTS } from "./tls-hints.js";

const UNTOUCHED = "what is published is untouched";

/** What to do when the system refuses a file, by the name that it gives to the reason. */
const SYSTEM_HINTS: Readonly<Record<string, string>> = {
  ENOSPC: `free space or inodes on the file system (df -h, df -i); ${UNTOUCHED}`,
  EDQUOT: `the disk quota is used up: raise it, or mirror less; ${UNTOUCHED}`,
  EROFS: "the file system is read-only: remount it, and look in the kernel's log for why it is",
  EACCES: "run it as the owner of dir, or correct the rights of the directories on the way",
  EPERM: "run it as the owner of dir, or correct the rights of the directories on the way",
  EMFILE: "this process may not open more files: raise its limit (ulimit -n), or lower max_conns",
  ENFILE: "the system has too many open files: raise fs.file-max, or end what holds them",
  EMLINK: "the file system takes no more links to one file: move dir to ext4, XFS or ZFS",
  EIO: "the disk fails: look in the kernel's log; replace it before the next sync",
};

/**
 * What to do next about an error, if anything is known to help.
 * @param command - The command that failed, which is not told to run itself.
 */
export function hintFor(error: unknown, command?: string): string | undefined {
  const code = error instanceof Error ? systemCode(error) : undefined;
  if (!(error instanceof Error) || code === undefined) return REPORT;
  const hint =
    suggestionOf(error) ??
    hintOfFailures(error) ??
    hintOfSpace(error) ??
    hintOfSystem(error) ??
    hintOfLink(error);
  if (hint !== undefined) return hint;
  const ofTls = code === "ERR_FETCH_TLS" && "found" in error && TLS_HINTS[String(error.found)];
  if (typeof ofTls === "string") return ofTls;
  const always = code.startsWith("ERR_DEB822_") ? UPSTREAM : REPORT;
  const general = isKnown(code) ? HINTS[code] : always;
  return command === "check config" ? general?.replace(EXAMINE, "") : general;
}

function isKnown(code: string): code is keyof typeof HINTS {
  return Object.hasOwn(HINTS, code);
}

/** What the command line found out itself is better than what is always true. */
function suggestionOf(error: Error): string | undefined {
  if (!(error instanceof CliError)) return undefined;
  const { suggestion } = error.facts;
  if (suggestion === undefined) return undefined;
  return UNKNOWN.includes(error.code) ? `did you mean "${suggestion}"?` : suggestion;
}

const UNKNOWN: readonly CliErrorCode[] = [
  "ERR_CLI_UNKNOWN_COMMAND",
  "ERR_CLI_UNKNOWN_OPTION",
  "ERR_CLI_UNKNOWN_MIRROR",
  "ERR_CLI_UNKNOWN_ENVIRONMENT",
];

/** Where several files failed, the hint that most of the failures have. */
function hintOfFailures(error: Error): string | undefined {
  const facts = "facts" in error ? error.facts : undefined;
  if (typeof facts !== "object" || facts === null || !("failures" in facts)) return undefined;
  if (!Array.isArray(facts.failures)) return undefined;
  const counts = new Map<string, number>();
  for (const { error: failure } of facts.failures as readonly { readonly error: unknown }[]) {
    const hint = hintFor(failure);
    if (hint !== undefined) counts.set(hint, (counts.get(hint) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0];
}

/** The snapshots to delete where space lacks, if there are such. */
function hintOfSpace(error: Error): string | undefined {
  const facts = "facts" in error ? (error.facts as SyncErrorFacts | undefined) : undefined;
  const { mirror, snapshots = [], enough = snapshots.length } = facts ?? {};
  if (mirror === undefined || snapshots.length === 0) return undefined;
  const names = snapshots.slice(0, enough).map(({ name }) => name);
  const frees = facts?.enough === undefined ? "frees most, and not enough" : "frees enough";
  return `mirrorctl snapshot delete ${mirror} ${names.join(" ")} ${frees}; ${UNTOUCHED}`;
}

/** What helps against what the system said, here or to what this error was made of. */
function hintOfSystem(error: Error): string | undefined {
  const reason = systemReason(error);
  const path = "path" in error && typeof error.path === "string" ? error.path : undefined;
  if (reason === "ENOENT" && path !== undefined) return hintOfMissing(path);
  return reason === undefined ? undefined : SYSTEM_HINTS[reason];
}

/** The system's name for it: the code itself, `found` of a library's error, or the code of its cause. */
function systemReason(error: Error): string | undefined {
  const code = systemCode(error) ?? "";
  const found = "found" in error ? String(error.found) : undefined;
  if (
    /^ERR_(?:FETCH|SNAPSHOT)_(?:WRITE|READ)$|^ERR_SNAPSHOT_(?:LOCK_FAILED|NOT_SYNCED)$/.test(code)
  )
    return found;
  // Of a connection only what this process is to blame for: EACCES is a firewall's.
  if (code === "ERR_FETCH_CONNECT") return /^E[MN]FILE$/.test(found ?? "") ? found : undefined;
  const { cause } = error;
  const isOfSystem = cause instanceof Error && "syscall" in cause;
  return code.startsWith("ERR_SYNC_") && isOfSystem ? systemCode(cause) : code;
}

/** Another tool's symlink in the place of a mirror's directory says where that tool's files are. */
function hintOfLink(error: Error & { readonly code?: unknown }): string | undefined {
  if (error.code !== "ERR_SNAPSHOT_FOREIGN_ENTRY" || !("found" in error)) return undefined;
  if (typeof error.found !== "string") return undefined;
  return (
    `"mirrorctl sync MIRROR --reuse ${escapeText(error.found)} --replace-link" takes over what it shows, ` +
    "which is never changed, and puts the mirror's directory in the place of the link"
  );
}

function hintOfMissing(path: string): string | undefined {
  if (!path.startsWith("/")) return undefined;
  const parent = dirname(path);
  const { path: there } = nearestExisting(parent);
  if (there === parent) return undefined;
  const first =
    parent
      .slice(there.length)
      .split("/")
      .find((name) => name !== "") ?? "";
  const missing = `${there === "/" ? "" : there}/${first}`;
  return `${missing} does not exist: mount the disk that belongs there, or make the directory`;
}
