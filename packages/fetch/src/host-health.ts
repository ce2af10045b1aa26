import type { FetchError } from "./error.js";

interface Failing {
  /** Start of the first failed attempt since something last went well; ms. */
  readonly since: number;
  /** When it was last asked, ms. */
  last: number;
  error: FetchError;
}

/**
 * Remembers which hosts have only failed lately, so that thousands of files do not each wait for a
 * dead one. Times are of `performance.now()`.
 */
export class HostHealth {
  readonly #giveUpAfter: number;
  readonly #failing = new Map<string, Failing>();

  constructor(giveUpAfter: number) {
    this.#giveUpAfter = giveUpAfter;
  }

  /**
   * The last failure of a host that has been failing for `giveUpAfter` without any progress;
   * undefined if it may be asked. Every further `giveUpAfter` one request may try it again.
   */
  givenUp(host: string, now: number): FetchError | undefined {
    const failing = this.#failing.get(host);
    if (failing === undefined || failing.last - failing.since < this.#giveUpAfter) {
      return undefined;
    }
    if (now - failing.last >= this.#giveUpAfter) {
      failing.last = now;
      return undefined;
    }
    return failing.error;
  }

  /** Something of the host's arrived as it should. */
  progress(host: string): void {
    if (this.#failing.size > 0) {
      this.#failing.delete(host);
    }
  }

  /** An attempt that began at `started` failed at `now`. */
  failure(host: string, started: number, now: number, error: FetchError): void {
    const failing = this.#failing.get(host);
    if (failing === undefined) {
      this.#failing.set(host, { since: started, last: now, error });
    } else {
      failing.last = Math.max(failing.last, now);
      failing.error = error;
    }
  }
}
