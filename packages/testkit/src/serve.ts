import { once } from "node:events";
import { readFile } from "node:fs/promises";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { join, posix } from "node:path";
import { answerWrongly, shapeOf } from "./answer-wrongly.js";
import {
  createFaultList,
  type Fault,
  type FaultMatcher,
  type FaultWhen,
  type InjectedFault,
} from "./fault.js";
import { shapeBody } from "./response-body.js";
import { sendFile } from "./send-file.js";

/** A request as the server saw it; the entry is filled in while the answer goes out. */
export interface LoggedRequest {
  readonly time: Date;
  readonly method: string;
  /** As it was sent, with its escapes and query. */
  readonly path: string;
  /** Decoded, without the leading slash and the query: the file's path below the root. */
  readonly file: string;
  readonly headers: IncomingHttpHeaders;
  /** Counts the connections of this server from 1: equal numbers shared one. */
  readonly connection: number;
  /** 0 until the headers go out. */
  status: number;
  /** Bytes of the body that went out. */
  sentBytes: number;
  /** Whether the whole answer went out. */
  complete: boolean;
}

/** How {@link serve} listens. */
export interface ServeOptions {
  /** Speaks TLS with this certificate and key (and whatever else Node's TLS server takes). */
  readonly tls?: ServerOptions;
  /** `strong` by default (as nginx and Apache), `weak` as `send` has it, or none. */
  readonly etag?: "strong" | "weak" | false;
  readonly lastModified?: boolean;
  /** Whether it answers ranges, true by default. */
  readonly ranges?: boolean;
  /** Sent with every file. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers 401 to requests without these (HTTP Basic). */
  readonly credentials?: { readonly user: string; readonly password: string };
}

/** A file server on loopback. */
export interface TestServer extends AsyncDisposable {
  /** Ends in a slash. */
  readonly url: string;
  readonly port: number;
  /** Every request since the start or the last `clear()`, in order of arrival. */
  readonly requests: readonly LoggedRequest[];
  /** Connections accepted since the start or the last `clear()`. */
  readonly connections: number;
  /** The most requests that were under way at once since then. */
  readonly peak: number;
  /** Forgets requests, counts and faults. */
  clear(): void;
  /** Makes matching requests go wrong; `always` unless told otherwise. */
  fault(matcher: FaultMatcher, fault: Fault, when?: FaultWhen): InjectedFault;
  /** Stops listening and cuts every connection at once. */
  close(): Promise<void>;
}

/**
 * Serves the files below a directory on 127.0.0.1 at a free port: keep-alive, ranges, conditional requests, no content encoding; dot-files too, no listings.
 *
 * @example
 * ```ts
 * const server = await serve(repository.directory);
 * server.fault("InRelease", { kind: "status", status: 503 }, "once");
 * ```
 */
export async function serve(root: string, options: ServeOptions = {}): Promise<TestServer> {
  const faults = createFaultList();
  const requests: LoggedRequest[] = [];
  const sockets = new Map<Socket, number>();
  let accepted = 0;
  let connections = 0;
  let underWay = 0;
  let peak = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    underWay += 1;
    peak = Math.max(peak, underWay);
    response.once("close", () => {
      underWay -= 1;
    });
    const entry = logEntry(request, connectionOf(request.socket));
    requests.push(entry);
    response.once("close", () => {
      entry.complete = response.writableFinished;
    });
    const fault = faults.next({ method: entry.method, path: entry.file, headers: request.headers });
    const writeHead = response.writeHead.bind(response);
    response.writeHead = ((status: number, ...rest: []) => {
      entry.status = status;
      if (fault?.kind === "chunked") {
        response.removeHeader("Content-Length");
      }
      return writeHead(status, ...rest);
    }) as ServerResponse["writeHead"];
    shapeBody(response, {
      ...shapeOf(fault),
      onBytes: (count) => {
        entry.sentBytes += count;
      },
      onEnd: () => {
        entry.complete = true;
      },
    });
    const readRight = (): Promise<Buffer> =>
      readFile(join(root, entry.file)).catch(() => Buffer.alloc(0));
    if (!isAllowed(options.credentials, request)) {
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="test"', "Content-Length": "0" });
      response.end();
    } else if (!(await answerWrongly(fault, request, response, readRight))) {
      sendFile(root, options, request, response);
    }
  };

  const connectionOf = (socket: Socket): number => {
    const known = sockets.get(socket);
    if (known !== undefined) {
      return known;
    }
    accepted += 1;
    sockets.set(socket, accepted);
    return accepted;
  };

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  };
  const server =
    options.tls === undefined
      ? createServer({ keepAlive: true }, listener)
      : createTlsServer(options.tls, listener);
  const raw = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    connections += 1;
    raw.add(socket);
    socket.once("close", () => raw.delete(socket));
    // A peer that goes away is part of many tests.
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  const close = async (): Promise<void> => {
    if (!server.listening) {
      return;
    }
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    for (const socket of raw) {
      socket.destroy();
    }
    await closed;
  };
  return {
    url: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}/`,
    port,
    requests,
    get connections() {
      return connections;
    },
    get peak() {
      return peak;
    },
    clear() {
      requests.length = 0;
      connections = 0;
      peak = underWay;
      faults.clear();
    },
    fault: (matcher, fault, when = "always") => faults.add(matcher, fault, when),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function isAllowed(credentials: ServeOptions["credentials"], request: IncomingMessage): boolean {
  if (credentials === undefined) {
    return true;
  }
  const token = Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64");
  return request.headers.authorization === `Basic ${token}`;
}

function logEntry(request: IncomingMessage, connection: number): LoggedRequest {
  const path = request.url ?? "/";
  return {
    time: new Date(),
    method: request.method ?? "GET",
    path,
    file: decodedPath(path),
    headers: request.headers,
    connection,
    status: 0,
    sentBytes: 0,
    complete: false,
  };
}

function decodedPath(path: string): string {
  const pathname = path.split("?")[0] ?? "";
  try {
    return posix.normalize(`/${decodeURIComponent(pathname)}`).slice(1);
  } catch {
    return pathname.replace(/^\/+/, "");
  }
}
