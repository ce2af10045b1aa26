/** A running exchange as the {@link Watch} sees it; times are those of {@link Watch.now}. */
export interface Watched {
  /** When something last arrived, or the request was sent. */
  touched: number;
  /** When the present stretch of the body began; undefined before the body. */
  stretchStart: number | undefined;
  /** Bytes of the body in this stretch. */
  stretchBytes: number;
  /** Too long without a byte. */
  stalled(): void;
  /** Less than the least rate over a whole stretch. */
  tooSlow(bytesPerSecond: number): void;
}

/** How long a server may be silent, and how slow. */
export interface WatchOptions {
  /** Longest silence, ms. */
  readonly stallTimeout: number;
  /** Least bytes per second. */
  readonly minRate: number;
  /** Over how long the rate is taken, ms. */
  readonly rateWindow: number;
}

/**
 * Finds exchanges that stall or crawl, by one timer for all of them.
 *
 * Its clock advances by at most two ticks per tick: when the event loop was busy or the machine
 * asleep, no connection is blamed for it.
 */
export class Watch {
  /** Ms; grows only while something is watched. */
  now = 0;
  readonly #options: WatchOptions;
  readonly #tick: number;
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;
  #last = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
    const shortest = Math.min(options.stallTimeout, options.rateWindow);
    this.#tick = Math.max(5, Math.min(1000, Math.floor(shortest / 8)));
  }

  add(watched: Watched): void {
    this.#watched.add(watched);
    if (this.#timer === undefined) {
      this.#last = performance.now();
      this.#timer = setInterval(() => this.#look(), this.#tick);
      this.#timer.unref();
    }
  }

  remove(watched: Watched): void {
    this.#watched.delete(watched);
  }

  #look(): void {
    if (this.#watched.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const time = performance.now();
    this.now += Math.min(time - this.#last, 2 * this.#tick);
    this.#last = time;
    const { stallTimeout, minRate, rateWindow } = this.#options;
    for (const watched of [...this.#watched]) {
      if (this.now - watched.touched > stallTimeout) {
        watched.stalled();
        continue;
      }
      if (watched.stretchStart === undefined) {
        continue;
      }
      const elapsed = this.now - watched.stretchStart;
      if (elapsed >= rateWindow) {
        const rate = (watched.stretchBytes * 1000) / elapsed;
        if (rate < minRate) {
          watched.tooSlow(rate);
        } else {
          watched.stretchStart = this.now;
          watched.stretchBytes = 0;
        }
      }
    }
  }
}
