import type { ServerResponse } from "node:http";

/** What becomes of a body on its way out. */
export interface BodyShape {
  /** After this many bytes `atLimit` happens. */
  readonly limit?: number;
  readonly atLimit?: "close" | "reset" | "stall";
  /** Pieces of so many bytes, one every so many ms. */
  readonly drip?: { readonly bytes: number; readonly every: number };
  /** Told of each piece of the body that is handed to the connection. */
  onBytes(count: number): void;
  /** Told when the whole body has been handed over, before the peer can know. */
  onEnd(): void;
}

type Callback = (error?: Error | null) => void;

/** Puts itself between a response and those who write to it: counts the body's bytes, and cuts, stalls or slows it. */
export function shapeBody(response: ServerResponse, shape: BodyShape): void {
  const write = response.write.bind(response) as (chunk: Buffer, callback?: Callback) => boolean;
  const originalEnd = response.end.bind(response) as (callback?: Callback) => ServerResponse;
  const end = (callback?: Callback): void => {
    shape.onEnd();
    originalEnd(callback);
  };
  let sent = 0;
  let cut = false;

  const send = (bytes: Buffer, callback?: Callback): boolean => {
    if (cut) {
      return false;
    }
    const left = (shape.limit ?? Number.POSITIVE_INFINITY) - sent;
    const piece = bytes.byteLength < left ? bytes : bytes.subarray(0, left);
    sent += piece.byteLength;
    shape.onBytes(piece.byteLength);
    if (String(sent) === String(response.getHeader("Content-Length"))) {
      shape.onEnd();
    }
    if (bytes.byteLength < left) {
      return write(piece, callback);
    }
    cut = true;
    if (piece.byteLength === 0) {
      response.flushHeaders();
      finishCut(response, shape.atLimit);
    } else {
      write(piece, () => finishCut(response, shape.atLimit));
    }
    return false;
  };

  const pieces: Buffer[] = [];
  let ending: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const tick = (): void => {
    const piece = pieces.shift();
    if (piece !== undefined) {
      send(piece);
      return;
    }
    clearInterval(timer);
    timer = undefined;
    if (ending === undefined) {
      response.emit("drain");
    } else {
      ending();
    }
  };
  response.once("close", () => clearInterval(timer));

  const put = (bytes: Buffer, callback?: Callback): boolean => {
    if (shape.drip === undefined) {
      return send(bytes, callback);
    }
    for (let at = 0; at < bytes.byteLength; at += shape.drip.bytes) {
      pieces.push(bytes.subarray(at, at + shape.drip.bytes));
    }
    callback?.();
    timer ??= setInterval(tick, shape.drip.every);
    return false;
  };

  const shapedWrite = (chunk: unknown, ...rest: readonly unknown[]): boolean =>
    put(bytesOf(chunk), callbackIn(rest));
  const shapedEnd = (...args: readonly unknown[]): ServerResponse => {
    const [chunk] = args;
    const callback = callbackIn(args);
    if (chunk !== undefined && chunk !== null && typeof chunk !== "function") {
      put(bytesOf(chunk));
    } else if (sent === 0 && shape.limit === 0) {
      put(Buffer.alloc(0));
    }
    if (timer !== undefined) {
      ending = () => end(callback);
    } else if (!cut) {
      end(callback);
    }
    return response;
  };
  response.write = shapedWrite as ServerResponse["write"];
  response.end = shapedEnd as ServerResponse["end"];
}

/** Ends a connection by a reset, so that its peer sees ECONNRESET. */
export function resetConnection(response: ServerResponse): void {
  const socket = response.socket ?? response.req.socket;
  try {
    socket.resetAndDestroy();
  } catch {
    // Node resets bare TCP only; a TLS connection is torn down without its closing words.
    socket.destroy();
  }
}

function finishCut(response: ServerResponse, atLimit: BodyShape["atLimit"]): void {
  if (atLimit === "reset") {
    resetConnection(response);
  } else if (atLimit !== "stall") {
    response.socket?.destroySoon();
  }
}

function bytesOf(chunk: unknown): Buffer {
  return typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(chunk as Uint8Array);
}

function callbackIn(args: readonly unknown[]): Callback | undefined {
  return args.find((arg): arg is Callback => typeof arg === "function");
}
