import type { Dispatcher } from "undici";
import { classify } from "./classify.js";
import type { FetchError } from "./error.js";
import { redactUrl } from "./redact.js";
import { stalledError, tooSlowError } from "./stalled-error.js";
import type { Watch, Watched } from "./watch.js";

/** Status line and headers of an answer; names in lower case. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Takes one answer. Whatever it throws ends the exchange with that error. */
export interface Receiver {
  /** True to be given the body, false to let it pass unread. */
  head(head: ResponseHead): boolean;
  chunk(bytes: Buffer): void;
  /** The body is complete as HTTP frames it. */
  end(head: ResponseHead): void;
}

/** A body nobody wants is read up to this many bytes, so that its connection can be kept. */
const PASSING_LIMIT = 64 * 1024;

/** The first value of a header. */
export function headerOf(head: ResponseHead, name: string): string | undefined {
  const value = head.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** One request and its answer on one connection; undici calls it, and it calls `settle` once. */
export class Exchange implements Dispatcher.DispatchHandler, Watched {
  touched = 0;
  stretchStart: number | undefined;
  stretchBytes = 0;
  readonly #url: URL;
  readonly #proxy: string | undefined;
  readonly #receiver: Receiver;
  readonly #watch: Watch;
  readonly #settle: (error: unknown, head: ResponseHead | undefined) => void;
  readonly #release: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #head: ResponseHead | undefined;
  #taken = false;
  #settled = false;
  #released = false;

  /** `release` is called once, when the connection is no longer in use. */
  constructor(
    url: URL,
    proxy: string | undefined,
    receiver: Receiver,
    watch: Watch,
    settle: (error: unknown, head: ResponseHead | undefined) => void,
    release: () => void,
  ) {
    this.#url = url;
    this.#proxy = proxy;
    this.#receiver = receiver;
    this.#watch = watch;
    this.#settle = settle;
    this.#release = release;
  }

  /** Ends the exchange now; true if the request was not on a connection yet. */
  fail(error: unknown): boolean {
    this.#end(error, undefined);
    this.#controller?.abort(new Error("given up"));
    return this.#controller === undefined;
  }

  stalled(): void {
    this.#failWhileRunning(stalledError(this.#url, this.#head === undefined));
  }

  tooSlow(bytesPerSecond: number): void {
    this.#failWhileRunning(tooSlowError(this.#url, bytesPerSecond));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) {
      controller.abort(new Error("given up"));
      return;
    }
    this.touched = this.#watch.now;
    this.#watch.add(this);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.touched = this.#watch.now;
    if (status < 200 || this.#settled) {
      return;
    }
    this.#head = { status, headers };
    this.stretchStart = this.#watch.now;
    try {
      this.#taken = this.#receiver.head(this.#head);
    } catch (error) {
      this.#end(error, undefined);
      controller.abort(new Error("not wanted"));
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) {
      return;
    }
    this.touched = this.#watch.now;
    this.stretchBytes += chunk.length;
    if (!this.#taken) {
      if (this.stretchBytes > PASSING_LIMIT) {
        this.#end(undefined, this.#head);
        controller.abort(new Error("not wanted"));
      }
      return;
    }
    try {
      this.#receiver.chunk(chunk);
    } catch (error) {
      this.#end(error, undefined);
      controller.abort(new Error("not wanted"));
    }
  }

  onResponseEnd(): void {
    if (!this.#settled && this.#head !== undefined) {
      try {
        if (this.#taken) {
          this.#receiver.end(this.#head);
        }
        this.#end(undefined, this.#head);
      } catch (error) {
        this.#end(error, undefined);
      }
    }
    this.#free();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#settled) {
      if (this.#head !== undefined && !this.#taken) {
        // The status is known; how a body that nobody reads ended does not matter.
        this.#end(undefined, this.#head);
      } else {
        this.#end(classify(error, redactUrl(this.#url.href), this.#proxy), undefined);
      }
    }
    // Who waits for the connection must not take it while undici is still clearing it up.
    queueMicrotask(() => this.#free());
  }

  #failWhileRunning(error: FetchError): void {
    if (this.#head !== undefined && !this.#taken) {
      this.#end(undefined, this.#head);
    } else {
      this.#end(error, undefined);
    }
    this.#controller?.abort(new Error("given up"));
  }

  #end(error: unknown, head: ResponseHead | undefined): void {
    if (!this.#settled) {
      this.#settled = true;
      this.#watch.remove(this);
      this.#settle(error, head);
    }
  }

  #free(): void {
    if (!this.#released) {
      this.#released = true;
      this.#release();
    }
  }
}
