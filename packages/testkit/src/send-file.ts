import type { IncomingMessage, ServerResponse } from "node:http";
import send from "send";
import type { ServeOptions } from "./serve.js";

/** Answers with the file below the root that the request names, or with 404, 405 and the like. */
export function sendFile(
  root: string,
  options: ServeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { Allow: "GET, HEAD" }).end();
    return;
  }
  const plainError = (status: number): void => {
    const body = `${status}\n`;
    for (const name of response.getHeaderNames()) {
      response.removeHeader(name);
    }
    response.setHeader("Content-Type", "text/plain");
    response.setHeader("Content-Length", body.length);
    response.statusCode = status;
    response.end(request.method === "HEAD" ? undefined : body);
  };
  send(request, (request.url ?? "/").split("?")[0] ?? "/", {
    root,
    index: false,
    dotfiles: "allow",
    cacheControl: false,
    etag: options.etag !== false,
    lastModified: options.lastModified !== false,
    acceptRanges: options.ranges !== false,
  })
    .on(
      "headers",
      (_response: unknown, _path: unknown, stat: { mtimeMs: number; size: number }) => {
        for (const [name, value] of Object.entries(options.headers ?? {})) {
          response.setHeader(name, value);
        }
        if ((options.etag ?? "strong") === "strong") {
          const stamp = Math.floor(stat.mtimeMs).toString(16);
          response.setHeader("ETag", `"${stamp}-${stat.size.toString(16)}"`);
        }
      },
    )
    .on("directory", () => plainError(404))
    .on("error", (error: { status?: number; headers?: Readonly<Record<string, string>> }) => {
      plainError(error.status ?? 500);
    })
    .pipe(response);
}
