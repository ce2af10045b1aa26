import type { HostLimit } from "./host-limit.js";

/** A request that waits for its turn. */
export interface Turn {
  /** Gives the turn up; nothing happens if it has come already. */
  cancel(): void;
}

interface Waiting {
  readonly order: number;
  start: (() => void) | undefined;
}

/** Waiting requests of one host; consumed from `head`, so that taking one costs no copying. */
interface HostQueue {
  items: Waiting[];
  head: number;
}

/**
 * Lets requests start in the order they came, never more than `limit` at once and never more to a
 * host than the {@link HostLimit} has places; one whose host is busy does not hold up the others.
 */
export class RequestQueue {
  readonly #limit: number;
  readonly #hostLimit: HostLimit | undefined;
  readonly #hosts = new Map<string, HostQueue>();
  readonly #wake = () => this.#startNext();
  #running = 0;
  #order = 0;
  #starting = false;
  #again = false;

  constructor(limit: number, hostLimit: HostLimit | undefined) {
    this.#limit = limit;
    this.#hostLimit = hostLimit;
  }

  /** Calls `start` when it is this request's turn, at once if there is room; pair it with `done`. */
  add(host: string, start: () => void): Turn {
    const waiting: Waiting = { order: this.#order++, start };
    const queue = this.#hosts.get(host);
    if (queue === undefined) {
      this.#hosts.set(host, { items: [waiting], head: 0 });
    } else {
      queue.items.push(waiting);
    }
    this.#startNext();
    return {
      cancel() {
        waiting.start = undefined;
      },
    };
  }

  /** A request to `host` that had its turn is over. */
  done(host: string): void {
    this.#running--;
    this.#hostLimit?.give(host);
    this.#startNext();
  }

  #startNext(): void {
    // `start` may finish at once and come back here.
    if (this.#starting) {
      this.#again = true;
      return;
    }
    this.#starting = true;
    try {
      do {
        this.#again = false;
        while (this.#running < this.#limit) {
          const start = this.#takeOldest();
          if (start === undefined) {
            break;
          }
          this.#running++;
          start();
        }
      } while (this.#again);
    } finally {
      this.#starting = false;
    }
  }

  #takeOldest(): (() => void) | undefined {
    const busy = new Set<string>();
    for (;;) {
      let oldest: { host: string; queue: HostQueue; waiting: Waiting } | undefined;
      for (const [host, queue] of this.#hosts) {
        const waiting = this.#headOf(host, queue);
        if (
          waiting !== undefined &&
          !busy.has(host) &&
          (oldest === undefined || waiting.order < oldest.waiting.order)
        ) {
          oldest = { host, queue, waiting };
        }
      }
      if (oldest === undefined) {
        return undefined;
      }
      if (this.#hostLimit === undefined || this.#hostLimit.take(oldest.host)) {
        oldest.queue.head++;
        return oldest.waiting.start;
      }
      this.#hostLimit.wait(oldest.host, this.#wake);
      busy.add(oldest.host);
    }
  }

  #headOf(host: string, queue: HostQueue): Waiting | undefined {
    while (queue.head < queue.items.length) {
      const waiting = queue.items[queue.head];
      if (waiting?.start !== undefined) {
        if (queue.head > 1024) {
          queue.items = queue.items.slice(queue.head);
          queue.head = 0;
        }
        return waiting;
      }
      queue.head++;
    }
    this.#hosts.delete(host);
    return undefined;
  }
}
