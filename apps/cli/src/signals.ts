import { constants } from "node:os";

const NAMES = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** A stop takes no longer than this after the first signal, in ms; 5 s are promised. */
const PATIENCE = 4500;

/** Signals as an `AbortSignal`, and the exit status that they ask for. */
export interface Interrupts {
  readonly signal: AbortSignal;
  /** 128 + n once a signal came, else `undefined`. */
  status(): number | undefined;
}

/**
 * Listens to SIGINT, SIGTERM and SIGHUP for the rest of the process: the first aborts, the second
 * ends the process at once, as does a stop that takes longer than 4.5 s.
 */
export function watchSignals(): Interrupts {
  const controller = new AbortController();
  let status: number | undefined;
  for (const name of NAMES) {
    process.on(name, () => {
      if (status !== undefined) process.exit(status);
      const given = 128 + constants.signals[name];
      status = given;
      setTimeout(() => process.exit(given), PATIENCE).unref();
      controller.abort(new DOMException(`stopped by ${name}`, "AbortError"));
    });
  }
  return { signal: controller.signal, status: () => status };
}
