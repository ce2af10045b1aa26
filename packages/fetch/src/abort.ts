import { FetchError } from "./error.js";
import { redactUrl } from "./redact.js";

/** Runs when the caller's signal fires or the fetcher is closed. */
export type OnAbort = (reason: unknown) => void;

/** The one listener on a signal, and those whom it tells. */
interface Shared {
  readonly listeners: Set<OnAbort>;
  readonly onAbort: () => void;
}

/**
 * Hands the abort of signals on to many listeners.
 *
 * One listener per signal: tens of thousands of downloads share a signal, and each
 * `addEventListener` walks the list of those before it.
 */
export class Aborts {
  readonly #bySignal = new Map<AbortSignal, Shared>();
  readonly #all = new Set<OnAbort>();
  #closed: { reason: unknown } | undefined;

  /** Why a request with this signal must not start, if so. */
  reason(signal: AbortSignal | undefined): { reason: unknown } | undefined {
    return this.#closed ?? (signal?.aborted === true ? { reason: signal.reason } : undefined);
  }

  /** Calls `listener` at most once, on abort; returns how to take it back. */
  on(signal: AbortSignal | undefined, listener: OnAbort): () => void {
    this.#all.add(listener);
    if (signal === undefined) {
      return () => this.#all.delete(listener);
    }
    const shared = this.#of(signal);
    shared.listeners.add(listener);
    return () => {
      this.#all.delete(listener);
      shared.listeners.delete(listener);
      if (shared.listeners.size === 0) {
        signal.removeEventListener("abort", shared.onAbort);
        this.#bySignal.delete(signal);
      }
    };
  }

  /** Ends everything that listens, and whatever would start later. */
  close(reason: unknown): void {
    this.#closed ??= { reason };
    this.#run(this.#all, reason);
  }

  #of(signal: AbortSignal): Shared {
    const known = this.#bySignal.get(signal);
    if (known !== undefined) {
      return known;
    }
    const listeners = new Set<OnAbort>();
    const onAbort = () => {
      this.#bySignal.delete(signal);
      this.#run(listeners, signal.reason);
    };
    const shared = { listeners, onAbort };
    this.#bySignal.set(signal, shared);
    signal.addEventListener("abort", onAbort, { once: true });
    return shared;
  }

  #run(listeners: Set<OnAbort>, reason: unknown): void {
    for (const listener of [...listeners]) {
      listeners.delete(listener);
      this.#all.delete(listener);
      listener(reason);
    }
  }
}

/** The caller's signal, or the end of the fetcher. */
export function abortedError(url: URL, cause: unknown): FetchError {
  return new FetchError("ERR_FETCH_ABORTED", "aborted", { url: redactUrl(url.href), cause });
}
