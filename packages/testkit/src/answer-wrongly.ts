import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "./fault.js";
import { type BodyShape, resetConnection } from "./response-body.js";

/** What a fault does to the body of an answer that is otherwise right. */
export function shapeOf(fault: Fault | undefined): Omit<BodyShape, "onBytes" | "onEnd"> {
  switch (fault?.kind) {
    case "truncate":
      return { limit: fault.after, atLimit: "close" };
    case "stall":
      return fault.in === "body" ? { limit: fault.after ?? 0, atLimit: "stall" } : {};
    case "reset":
      return fault.after === undefined ? {} : { limit: fault.after, atLimit: "reset" };
    case "drip":
      return { drip: { bytes: fault.bytes, every: fault.every } };
    default:
      return {};
  }
}

/** Gives the answer that a fault wants instead of the right one; false when the right one is still to be given (perhaps shaped). */
export async function answerWrongly(
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  readRight: () => Promise<Buffer>,
): Promise<boolean> {
  switch (fault?.kind) {
    case "status": {
      const body = Buffer.from(fault.body ?? `${fault.status}\n`);
      const empty = fault.status === 204 || fault.status === 304;
      const length = empty ? {} : { "Content-Length": String(body.byteLength) };
      response.writeHead(fault.status, { ...length, ...fault.headers });
      response.end(empty || request.method === "HEAD" ? undefined : body);
      return true;
    }
    case "content": {
      const body = Buffer.from(
        typeof fault.body === "function" ? fault.body(await readRight()) : fault.body,
      );
      response.writeHead(200, { "Content-Length": String(body.byteLength), ...fault.headers });
      response.end(request.method === "HEAD" ? undefined : body);
      return true;
    }
    case "length":
      response.writeHead(200, { "Content-Length": String(fault.contentLength) });
      response.write(await readRight(), () => response.socket?.destroySoon());
      return true;
    case "redirect":
      response.writeHead(fault.status ?? 302, {
        "Content-Length": "0",
        ...(fault.location === undefined ? {} : { Location: fault.location }),
      });
      response.end();
      return true;
    case "flood":
      flood(response, fault.every);
      return true;
    case "raw":
      response.socket?.end(Buffer.from(fault.bytes));
      return true;
    case "respond":
      await fault.respond(request, response);
      return true;
    case "stall":
      return fault.in === "headers";
    case "reset":
      if (fault.after === undefined) {
        resetConnection(response);
        return true;
      }
      return false;
    case "delay":
      await delay(fault.ms);
      return false;
    case "swap":
      await fault.before();
      return false;
    default:
      return false;
  }
}

function flood(response: ServerResponse, every?: number): void {
  const block = Buffer.alloc(64 * 1024, "flood\n");
  response.writeHead(200, { "Content-Type": "application/octet-stream" });
  if (every !== undefined) {
    const timer = setInterval(() => response.write(block), every);
    response.once("close", () => clearInterval(timer));
    return;
  }
  const pour = (): void => {
    while (!response.destroyed && response.write(block)) {
      // Until the connection says that it is full.
    }
  };
  response.on("drain", pour);
  pour();
}
