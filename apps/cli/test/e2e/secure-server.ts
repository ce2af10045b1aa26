import { createReadStream, statSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A repository over https. */
export interface SecureServer {
  readonly url: string;
  readonly port: number;
  /** Every HTTP request that arrived. */
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
}

/** Serves a directory over https; with `password`, only to `me` and that password. */
export async function serveSecurely(
  root: string,
  options: ServerOptions,
  password?: string,
): Promise<SecureServer> {
  const requests: SecureServer["requests"] = [];
  const wanted = `Basic ${Buffer.from(`me:${password}`).toString("base64")}`;
  const server = createServer(options, ({ url = "", headers }, response) => {
    requests.push({ path: url, headers });
    const path = join(root, decodeURIComponent(url));
    if (password !== undefined && headers.authorization !== wanted) {
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
    } else if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
      response.writeHead(404).end();
    } else {
      response.writeHead(200, { "content-length": statSync(path).size });
      createReadStream(path).pipe(response);
    }
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `https://127.0.0.1:${port}/`, port, requests };
}
