import { encodePath, redactUrl } from "@mirror/fetch";
import { inLanes } from "./lanes.js";
import { readPlainTrace } from "./plain-trace.js";
import { planTraces, TRACE_DIRECTORY, TRACE_HIERARCHY, TRACE_LIST } from "./plan-traces.js";
import type { SuiteRelease } from "./release.js";
import type { Run } from "./run.js";
import { servedTime } from "./served-time.js";

/** A trace file of upstream's is a few hundred bytes. */
const MAX_BYTES = 64 * 1024;

/** All of them together may take so long, in ms: nothing depends on them. */
const PATIENCE = 60_000;

/** Requests at the same time. */
const LANES = 4;

/** So many that could not be had are named. */
const MOST_NAMED = 10;

/** A trace file as upstream serves it; nothing signs it. */
export interface UpstreamTrace {
  readonly name: string;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly time: Date;
}

/** The trace files of upstream. */
export interface UpstreamTraces {
  /** Its host, without port and credentials. */
  readonly host: string;
  /** In the order of its list. */
  readonly files: readonly UpstreamTrace[];
  /** Which mirrors lie between the archive and it, where it says so. */
  readonly hierarchy?: string;
}

/**
 * Fetches the trace files of the upstream that served the Releases. Whatever goes wrong is a warning
 * at most: nothing is decided by what they say.
 */
export async function fetchTraces(
  run: Run,
  own: string,
  releases: readonly SuiteRelease[],
): Promise<UpstreamTraces> {
  const base = upstreamOf(run, releases);
  const host = new URL(base).hostname || "localhost";
  const ended = AbortSignal.timeout(PATIENCE);
  const signal = run.signal ? AbortSignal.any([run.signal, ended]) : ended;
  const leftOut: string[] = [];
  const get = async (name: string): Promise<UpstreamTrace | undefined> => {
    try {
      const urls = [base + encodePath(TRACE_DIRECTORY + name)];
      const answer = await run.ports.fetcher.get({ urls, limit: MAX_BYTES, signal });
      if (answer.status !== "ok") return undefined;
      const { body: bytes, lastModified } = answer;
      const plain = readPlainTrace(bytes);
      const now = run.ports.now();
      if ("text" in plain) {
        return { name, text: plain.text, bytes, time: servedTime(lastModified, now) ?? now };
      }
      leftOut.push(`${name} (${plain.fault})`);
    } catch (error) {
      run.signal?.throwIfAborted();
      leftOut.push(`${name} (${ended.aborted ? "no time left" : reasonOf(error)})`);
    }
    return undefined;
  };

  const [list, hierarchy] = await Promise.all([get(TRACE_LIST), get(TRACE_HIERARCHY)]);
  const { names, refused } = planTraces(list?.text, host, own);
  const files = new Map<string, UpstreamTrace>();
  await inLanes(names, LANES, async (name) => {
    const file = await get(name);
    if (file) files.set(name, file);
  });
  if (refused > 0) leftOut.push(`${refused} of the names in ${TRACE_LIST}`);
  warnOf(run, leftOut);
  return {
    host,
    files: names.flatMap((name) => files.get(name) ?? []),
    ...(hierarchy ? { hierarchy: hierarchy.text } : {}),
  };
}

/** The URL that served the Releases, which are remembered without its credentials. */
function upstreamOf({ spec }: Run, releases: readonly SuiteRelease[]): string {
  const [first = ""] = spec.urls;
  const bases = new Set(releases.map(({ served }) => redactUrl(served.base)));
  return spec.urls.find((url) => bases.has(redactUrl(url))) ?? first;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function warnOf(run: Run, leftOut: readonly string[]): void {
  if (leftOut.length === 0) return;
  const more = leftOut.length - MOST_NAMED;
  const named = leftOut.slice(0, MOST_NAMED).join(", ");
  const what = more > 0 ? `${named} and ${more} more` : named;
  run.warn("WARN_SYNC_TRACE_LEFT_OUT", `${TRACE_DIRECTORY}: left out ${what}`);
}
