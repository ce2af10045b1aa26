import { closeSync, constants, openSync, readSync } from "node:fs";
import { hostname } from "node:os";
import { kill } from "node:process";
import { setTimeout } from "node:timers/promises";
import { errnoOf } from "./errno.js";

/** Who holds a lock, as the lock file tells. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: Date;
  readonly command: string;
}

/** The line that a holder writes. Its line feed comes last: with it the line is whole and in force. */
export function holderText({ pid, host, since, command }: Holder): string {
  const short = command.slice(0, 1000);
  return `${JSON.stringify({ pid, host, since: since.toISOString(), command: short })}\n`;
}

/**
 * Who holds the lock of this file, as far as it can be told.
 *
 * Between taking the lock and writing its line a new holder is nameless for an instant, and the
 * line there is that of the one before, cut or of a dead process: then it is read again, for a fifth
 * of a second at most. What is still cut or garbage yields the facts that stand in it whole.
 */
export async function readHolder(path: string): Promise<Partial<Holder>> {
  let holder: Partial<Holder> = {};
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if (attempt > 0) await setTimeout(20);
    const text = readStart(path);
    holder = parseHolder(text);
    if (text.endsWith("\n") && holder.pid !== undefined && isPlausible(holder)) break;
  }
  return holder;
}

/** The facts that stand whole in a line, which may be cut anywhere. */
function parseHolder(text: string): Partial<Holder> {
  const pid = /"pid":(\d{1,10}),/.exec(text)?.[1];
  const since = new Date(fact(text, "since") ?? Number.NaN);
  const host = fact(text, "host");
  const command = fact(text, "command");
  return {
    ...(pid === undefined ? {} : { pid: Number(pid) }),
    ...(host === undefined ? {} : { host }),
    ...(Number.isNaN(since.getTime()) ? {} : { since }),
    ...(command === undefined ? {} : { command }),
  };
}

function fact(text: string, name: string): string | undefined {
  const literal = new RegExp(`"${name}":("(?:[^"\\\\]|\\\\.)*")`).exec(text)?.[1];
  try {
    const value: unknown = JSON.parse(literal ?? "null");
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPlausible({ host, pid }: Partial<Holder>): boolean {
  if (host !== hostname() || pid === undefined) return true;
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== "ESRCH";
  }
}

function readStart(path: string): string {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const bytes = Buffer.alloc(8192);
      return bytes.toString("utf8", 0, readSync(fd, bytes));
    } finally {
      closeSync(fd);
    }
  } catch {
    return "";
  }
}
