/**
 * A cap on the requests under way to any one host, over all fetchers that share it.
 *
 * Made by {@link createHostLimit}; hand it to `createFetcher` as `hostLimit`. Its methods are for
 * fetchers.
 */
export class HostLimit {
  /** Requests that one host gets at a time. */
  readonly perHost: number;
  readonly #running = new Map<string, number>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(perHost: number) {
    this.perHost = perHost;
  }

  /** Takes a place at `host`, if one is free. */
  take(host: string): boolean {
    const running = this.#running.get(host) ?? 0;
    if (running >= this.perHost) {
      return false;
    }
    this.#running.set(host, running + 1);
    return true;
  }

  /** Gives a place back and wakes those who wait for it, the longest waiting first. */
  give(host: string): void {
    const running = (this.#running.get(host) ?? 1) - 1;
    if (running > 0) {
      this.#running.set(host, running);
    } else {
      this.#running.delete(host);
    }
    const waiting = this.#waiting.get(host);
    if (waiting === undefined) {
      return;
    }
    for (const wake of [...waiting]) {
      if ((this.#running.get(host) ?? 0) >= this.perHost) {
        break;
      }
      waiting.delete(wake);
      wake();
    }
    if (waiting.size === 0) {
      this.#waiting.delete(host);
    }
  }

  /** Calls `wake` once when a place at `host` has become free; it must then `take` it. */
  wait(host: string, wake: () => void): void {
    const waiting = this.#waiting.get(host);
    if (waiting === undefined) {
      this.#waiting.set(host, new Set([wake]));
    } else {
      waiting.add(wake);
    }
  }
}

/**
 * A cap of `perHost` requests under way to any one host name, shared by the fetchers it is given to.
 *
 * @throws TypeError if `perHost` is not a whole number of at least 1.
 */
export function createHostLimit(perHost: number): HostLimit {
  if (!Number.isInteger(perHost) || perHost < 1) {
    throw new TypeError(`perHost must be a whole number of at least 1, got ${perHost}`);
  }
  return new HostLimit(perHost);
}
