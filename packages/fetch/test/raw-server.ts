import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

/** One request as it came over the wire. */
export interface Seen {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Number of the connection, from 0. */
  readonly connection: number;
  readonly socket: Socket;
  /** Number of the request, from 0. */
  readonly index: number;
}

export interface RawServer extends AsyncDisposable {
  /** `http://127.0.0.1:port/`, or https. */
  readonly url: string;
  readonly port: number;
  readonly seen: Seen[];
  /** Connections accepted so far. */
  connections: number;
  /** Most requests that were unanswered at once, if `finish` is called for each. */
  mostOpen: number;
  open: number;
}

export interface Reply {
  readonly status?: number | string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Uint8Array;
  /** False: no Content-Length of our own. */
  readonly length?: boolean;
}

/** Writes an answer; the connection stays open. */
export function reply(seen: Seen, { status = 200, headers = {}, body = "", length }: Reply): void {
  const bytes = Buffer.from(body);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (length !== false) {
    lines.push(`content-length: ${bytes.length}\r\n`);
  }
  const line = typeof status === "string" ? status : `${status} X`;
  seen.socket.write(`HTTP/1.1 ${line}\r\n${lines.join("")}\r\n`);
  if (seen.method !== "HEAD" && bytes.length > 0) {
    seen.socket.write(bytes);
  }
}

/** A server that speaks to the socket itself, so that it can break every rule of HTTP. */
export async function rawServer(
  answer: (seen: Seen, server: RawServer) => unknown,
  tls?: TlsOptions,
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const onSocket = (socket: Socket) => {
    const connection = server.connections++;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        const [first = "", ...rest] = text.slice(0, end).split("\r\n");
        text = text.slice(end + 4);
        const [method = "", target = ""] = first.split(" ");
        const headers = Object.fromEntries(
          rest.map((line) => {
            const colon = line.indexOf(":");
            return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
          }),
        );
        const seen = { method, target, headers, connection, socket, index: server.seen.length };
        server.seen.push(seen);
        answer(seen, server);
        if (method === "CONNECT") {
          socket.removeAllListeners("data");
        }
      }
    });
  };
  const listener = tls === undefined ? createServer(onSocket) : createTlsServer(tls, onSocket);
  listener.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const server: RawServer = {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}/`,
    port,
    seen: [],
    connections: 0,
    mostOpen: 0,
    open: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  return server;
}
