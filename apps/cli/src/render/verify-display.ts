import type { VerifyProgress } from "@mirror/sync";
import type { Flags } from "../flags.js";
import type { Host } from "../host.js";
import { drawsLive } from "./draws-live.js";
import type { Log } from "./log.js";
import { logSize } from "./size.js";

/** Time between two Progress lines, in ms. */
const INTERVAL = 10_000;

/** Shows how far verifications are, one tree at a time. */
export interface VerifyDisplay {
  /** Begins to follow the verification of a tree; what it returns listens to its progress. */
  follow(mirror: string, tree: string): (progress: VerifyProgress) => void;
  /** Takes away what is drawn for a mirror. */
  finish(mirror: string): void;
  /** Gives the terminal back; more than once does no harm. */
  close(): void;
}

/** A live display on a terminal, else a line every ten seconds. */
export async function openVerifyDisplay(
  mirrors: readonly string[],
  { flags, host, log }: { readonly flags: Flags; readonly host: Host; readonly log: Log },
): Promise<VerifyDisplay> {
  if (!drawsLive(flags, host)) return progressLines(log, host);
  const { createBars } = await import("./bars.js");
  const bars = createBars(host, log, mirrors);
  return {
    follow(mirror, tree) {
      let started = false;
      return ({ done, work }) => {
        // A check of sizes alone has no bytes to measure it by, and is over in seconds.
        if (work.bytes === 0) return;
        if (!started) bars.start(mirror, work.bytes);
        started = true;
        bars.update(mirror, done.bytes, `${done.files}/${work.files} files of ${tree}`);
      };
    },
    finish: bars.finish,
    close: bars.close,
  };
}

function progressLines(log: Log, host: Host): VerifyDisplay {
  return {
    follow(mirror, tree) {
      const started = host.now().getTime();
      let spoken = started;
      return ({ done, work }) => {
        const now = host.now().getTime();
        if (now - spoken < INTERVAL) return;
        spoken = now;
        const percent = ((100 * done.files) / work.files).toFixed(1);
        const rate = (1000 * done.bytes) / (now - started);
        log.info(
          `Progress: ${done.files}/${work.files} files of ${tree} (${percent}%) - ` +
            `${logSize(done.bytes)} checked, ${logSize(rate)}/s`,
          { mirror, facts: { tree, done, work, bytesPerSecond: Math.round(rate) } },
        );
      };
    },
    finish() {},
    close() {},
  };
}
