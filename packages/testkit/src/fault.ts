import type { IncomingMessage, ServerResponse } from "node:http";

/** What a server does wrong with one request. */
export type Fault =
  /** Answers with this status and a short body. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
    }
  /** Announces the whole file, sends this many bytes of it and closes the connection. */
  | { readonly kind: "truncate"; readonly after: number }
  /** Falls silent for ever: before the headers, or in the body after this many bytes (0 by default). */
  | { readonly kind: "stall"; readonly in: "headers" | "body"; readonly after?: number }
  /** Sends the body in pieces of this many bytes, one every so many ms. */
  | { readonly kind: "drip"; readonly bytes: number; readonly every: number }
  /** Waits this many ms, then answers as usual. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Answers 200 with other content, whatever range was asked for; a function is given the right content (empty when there is none). */
  | {
      readonly kind: "content";
      readonly body: string | Uint8Array | ((right: Buffer) => string | Uint8Array);
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Announces a Content-Length that is not that of the body; closes the connection after the body. */
  | { readonly kind: "length"; readonly contentLength: number }
  /** Answers without a Content-Length, chunked. */
  | { readonly kind: "chunked" }
  /** Sends content without end: as fast as it is taken, or 64 KiB every so many ms, so that what was sent is what was taken. */
  | { readonly kind: "flood"; readonly every?: number }
  /** Sends elsewhere; without a location the header lacks. */
  | { readonly kind: "redirect"; readonly location?: string; readonly status?: number }
  /** Resets the connection (RST) before the headers, or after this many bytes of the body. */
  | { readonly kind: "reset"; readonly after?: number }
  /** Does something first (publishes anew, swaps a file), then answers as usual. */
  | { readonly kind: "swap"; readonly before: () => void | Promise<void> }
  /** Writes these bytes to the connection instead of an answer, and closes it. */
  | { readonly kind: "raw"; readonly bytes: string | Uint8Array }
  /** Answers by itself. */
  | {
      readonly kind: "respond";
      readonly respond: (
        request: IncomingMessage,
        response: ServerResponse,
      ) => void | Promise<void>;
    };

/** Which of the matching requests a fault hits: all, the first, or the n-th (1 is the first). */
export type FaultWhen = "always" | "once" | number;

/** Which requests a fault is for: a string is the decoded path without its leading slash, or the end of it from a slash on (`InRelease` is every InRelease); an expression is tried on that path. */
export type FaultMatcher = string | RegExp | ((request: FaultRequest) => boolean);

/** What a matcher function sees. */
export interface FaultRequest {
  readonly method: string;
  /** Decoded, without the leading slash and the query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
}

/** A fault that was injected. */
export interface InjectedFault {
  /** Requests that it hit. */
  readonly hits: number;
  /** Ends it. */
  remove(): void;
}

/** The faults of one server, asked once per request. */
export interface FaultList {
  add(matcher: FaultMatcher, fault: Fault, when: FaultWhen): InjectedFault;
  /** The fault that hits this request: of several the one injected first. */
  next(request: FaultRequest): Fault | undefined;
  clear(): void;
}

/** An empty list of faults. */
export function createFaultList(): FaultList {
  const entries = new Set<{
    readonly matcher: FaultMatcher;
    readonly fault: Fault;
    readonly when: FaultWhen;
    seen: number;
    hits: number;
  }>();
  return {
    add(matcher, fault, when) {
      const entry = { matcher, fault, when, seen: 0, hits: 0 };
      entries.add(entry);
      return {
        get hits() {
          return entry.hits;
        },
        remove: () => void entries.delete(entry),
      };
    },
    next(request) {
      let found: Fault | undefined;
      for (const entry of entries) {
        if (!matches(entry.matcher, request)) {
          continue;
        }
        entry.seen += 1;
        const due =
          entry.when === "always" || entry.seen === (entry.when === "once" ? 1 : entry.when);
        if (due && found === undefined) {
          entry.hits += 1;
          found = entry.fault;
        }
      }
      return found;
    },
    clear: () => entries.clear(),
  };
}

function matches(matcher: FaultMatcher, request: FaultRequest): boolean {
  if (typeof matcher === "function") {
    return matcher(request);
  }
  if (typeof matcher === "string") {
    return request.path === matcher || request.path.endsWith(`/${matcher}`);
  }
  return new RegExp(matcher.source, matcher.flags.replace(/[gy]/g, "")).test(request.path);
}
