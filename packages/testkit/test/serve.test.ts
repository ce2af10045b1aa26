import { once } from "node:events";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { Agent, get, type IncomingMessage } from "node:http";
import { get as getTls } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createCertificate,
  describeNeeds,
  serve,
  type TemporaryDirectory,
  type TestServer,
  temporaryDirectory,
} from "../src/index.js";

let directory: TemporaryDirectory;
let server: TestServer;
const content = Buffer.alloc(300_000, "0123456789");

beforeEach(async () => {
  directory = await temporaryDirectory();
  await mkdir(join(directory.path, "pool"));
  await writeFile(join(directory.path, "pool/a+b~1%3a_x.deb"), content);
  await writeFile(join(directory.path, "Packages.gz"), "packed");
  await writeFile(join(directory.path, ".dot"), "dot");
  server = await serve(directory.path);
});

afterEach(async () => {
  await server.close();
  await directory.remove();
});

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: Buffer;
  /** Undefined when the answer ended as announced. */
  broken: string | undefined;
}

function ask(path: string, headers: Record<string, string> = {}, agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const url = new URL(server.url);
    const options = { host: url.hostname, port: url.port, path, headers, agent: agent ?? false };
    get(options, (response) => {
      const chunks: Buffer[] = [];
      let broken: string | undefined;
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", (error: NodeJS.ErrnoException) => {
        broken = error.code ?? error.message;
      });
      response.on("close", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          broken,
        }),
      );
    }).on("error", reject);
  });
}

describe("a served file", () => {
  it("is found under the escapes that apt writes", async () => {
    const answer = await ask("/pool/a%2bb%7e1%253a_x.deb");
    expect(answer.status).toBe(200);
    expect(answer.body.equals(content)).toBe(true);
    expect(server.requests).toMatchObject([
      {
        path: "/pool/a%2bb%7e1%253a_x.deb",
        file: "pool/a+b~1%3a_x.deb",
        status: 200,
        sentBytes: content.length,
        complete: true,
      },
    ]);
  });

  it("comes in ranges, guarded by If-Range", async () => {
    const whole = await ask("/pool/a+b~1%253a_x.deb");
    const etag = String(whole.headers.etag);
    expect(etag).toMatch(/^"/);
    const part = await ask("/pool/a+b~1%253a_x.deb", { Range: "bytes=10-", "If-Range": etag });
    expect(part.status).toBe(206);
    expect(part.body.equals(content.subarray(10))).toBe(true);
    const other = await ask("/pool/a+b~1%253a_x.deb", { Range: "bytes=10-", "If-Range": '"x"' });
    expect(other.status).toBe(200);
  });

  it("is not sent again while its validators hold", async () => {
    const first = await ask("/Packages.gz");
    expect(first.headers["content-encoding"]).toBeUndefined();
    const etag = String(first.headers.etag);
    expect((await ask("/Packages.gz", { "If-None-Match": etag })).status).toBe(304);
    const since = String(first.headers["last-modified"]);
    expect((await ask("/Packages.gz", { "If-Modified-Since": since })).status).toBe(304);
    await utimes(join(directory.path, "Packages.gz"), new Date(), new Date(Date.now() + 5000));
    expect((await ask("/Packages.gz", { "If-None-Match": etag })).status).toBe(200);
  });

  it("is 404 when it is missing, a directory, or outside of the root", async () => {
    expect((await ask("/missing")).status).toBe(404);
    expect((await ask("/pool")).status).toBe(404);
    expect((await ask("/..%2f..%2fetc/passwd")).status).toBeGreaterThanOrEqual(400);
    expect((await ask("/.dot")).status).toBe(200);
  });

  it("is for those alone who know the password, where there is one", async () => {
    await server.close();
    server = await serve(directory.path, { credentials: { user: "u", password: "p:w" } });
    expect((await ask("/Packages.gz")).status).toBe(401);
    const Authorization = `Basic ${Buffer.from("u:p:w").toString("base64")}`;
    expect((await ask("/Packages.gz", { Authorization })).status).toBe(200);
  });

  it("shares its connection with the next one", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await ask("/Packages.gz", {}, agent);
    await ask("/Packages.gz", {}, agent);
    expect(server.connections).toBe(1);
    expect(server.requests.map((request) => request.connection)).toEqual([1, 1]);
    agent.destroy();
  });
});

describe("a fault", () => {
  const deb = "/pool/a+b~1%253a_x.deb";
  const matcher = "a+b~1%3a_x.deb";

  it("hits once, always, or the n-th time", async () => {
    const status = { kind: "status", status: 503, headers: { "Retry-After": "1" } } as const;
    const statuses = async (n: number): Promise<number[]> => {
      const found: number[] = [];
      for (let i = 0; i < n; i += 1) {
        found.push((await ask(deb)).status);
      }
      return found;
    };
    const once = server.fault(matcher, status, "once");
    expect(await statuses(3)).toEqual([503, 200, 200]);
    expect(once.hits).toBe(1);
    once.remove();
    const second = server.fault(/a\+b/g, status, 2);
    expect(await statuses(3)).toEqual([200, 503, 200]);
    second.remove();
    server.fault((request) => request.path.startsWith("pool/"), status);
    expect(await statuses(2)).toEqual([503, 503]);
    server.clear();
    expect(await statuses(1)).toEqual([200]);
    expect(server.requests).toHaveLength(1);
  });

  it("cuts a body short of its announced length, also of a range", async () => {
    server.fault(matcher, { kind: "truncate", after: 1000 });
    const answer = await ask(deb);
    expect(answer.headers["content-length"]).toBe("300000");
    expect(answer.body.length).toBe(1000);
    expect(answer.broken).toBe("ECONNRESET");
    const rest = await ask(deb, { Range: "bytes=1000-" });
    expect(rest.status).toBe(206);
    expect(rest.body.equals(content.subarray(1000, 2000))).toBe(true);
    expect(server.requests.map((request) => request.complete)).toEqual([false, false]);
    expect(server.requests.map((request) => request.sentBytes)).toEqual([1000, 1000]);
  });

  it("cuts after nothing but the headers", async () => {
    server.fault(matcher, { kind: "truncate", after: 0 });
    const answer = await ask(deb);
    expect(answer.status).toBe(200);
    expect(answer.body.length).toBe(0);
    expect(answer.broken).toBe("ECONNRESET");
  });

  it.each(["headers", "body"] as const)("stalls in the %s until closed", async (place) => {
    server.fault(matcher, { kind: "stall", in: place, after: 100 });
    const result = ask(deb).catch((error: NodeJS.ErrnoException) => error.code);
    const silent = await Promise.race([
      result,
      new Promise((resolve) => setTimeout(resolve, 150, "silent")),
    ]);
    expect(silent).toBe("silent");
    await server.close();
    const ended = await result;
    if (place === "body") {
      expect(ended).toMatchObject({ broken: "ECONNRESET", body: content.subarray(0, 100) });
    } else {
      expect(ended).toBe("ECONNRESET");
    }
  });

  it("drips a body to its end", async () => {
    await writeFile(join(directory.path, "small"), "abcdefghij");
    server.fault("small", { kind: "drip", bytes: 2, every: 20 });
    const start = Date.now();
    const answer = await ask("/small");
    expect(answer.body.toString()).toBe("abcdefghij");
    expect(answer.broken).toBeUndefined();
    expect(Date.now() - start).toBeGreaterThanOrEqual(80);
    expect(server.requests[0]).toMatchObject({ complete: true, sentBytes: 10 });
  });

  it("drips a file larger than a stream's buffer without losing a byte", async () => {
    server.fault(matcher, { kind: "drip", bytes: 50_000, every: 1 });
    expect((await ask(deb)).body.equals(content)).toBe(true);
  });

  it("answers with other content", async () => {
    server.fault(matcher, { kind: "content", body: (right) => right.fill(0x78, 0, 3) }, "once");
    const changed = await ask(deb, { Range: "bytes=5-" });
    expect(changed.status).toBe(200);
    expect(changed.body.length).toBe(content.length);
    expect(changed.body.subarray(0, 4).toString()).toBe("xxx3");
    server.fault("nowhere", { kind: "content", body: "<html>" });
    expect((await ask("/nowhere")).body.toString()).toBe("<html>");
  });

  it.each([10, 400_000])("lies about the length: %i", async (contentLength) => {
    server.fault(matcher, { kind: "length", contentLength });
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`GET ${deb} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) {
      chunks.push(chunk);
    }
    const [head = "", body = ""] = Buffer.concat(chunks).toString().split("\r\n\r\n");
    expect(head).toContain(`Content-Length: ${contentLength}\r\n`);
    expect(body.length).toBe(content.length);
  });

  it("leaves the length out", async () => {
    server.fault(matcher, { kind: "chunked" });
    const answer = await ask(deb);
    expect(answer.headers["content-length"]).toBeUndefined();
    expect(answer.body.equals(content)).toBe(true);
  });

  it("redirects, with or without a location", async () => {
    server.fault(matcher, { kind: "redirect", location: "/Packages.gz" }, "once");
    expect(await ask(deb)).toMatchObject({ status: 302, headers: { location: "/Packages.gz" } });
    server.fault(matcher, { kind: "redirect", status: 307 });
    const lacking = await ask(deb);
    expect([lacking.status, lacking.headers.location]).toEqual([307, undefined]);
  });

  it("resets the connection before the headers or in the body", async () => {
    server.fault(matcher, { kind: "reset" }, "once");
    await expect(ask(deb)).rejects.toMatchObject({ code: "ECONNRESET" });
    server.fault(matcher, { kind: "reset", after: 100 });
    const answer = await ask(deb).catch((error: NodeJS.ErrnoException) => ({ broken: error.code }));
    expect(answer.broken).toBe("ECONNRESET");
  });

  it("swaps what lies there before it answers", async () => {
    server.fault(
      "Packages.gz",
      { kind: "swap", before: () => writeFile(join(directory.path, "Packages.gz"), "newer") },
      2,
    );
    expect((await ask("/Packages.gz")).body.toString()).toBe("packed");
    expect((await ask("/Packages.gz")).body.toString()).toBe("newer");
  });

  it("pours without end and stops when the peer goes", async () => {
    server.fault("endless", { kind: "flood" });
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
    let taken = 0;
    while (taken < 5_000_000) {
      const [chunk] = (await once(socket, "data")) as [Buffer];
      taken += chunk.length;
    }
    socket.destroy();
    expect(server.requests[0]?.complete).toBe(false);
  });

  it("pours no faster than told", async () => {
    server.fault("endless", { kind: "flood", every: 5 });
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
    const [chunk] = (await once(socket, "data")) as [Buffer];
    expect(chunk.length).toBeGreaterThan(0);
    socket.destroy();
    expect(server.requests[0]?.sentBytes).toBeLessThan(2_000_000);
  });

  it("writes garbage instead of an answer, or whatever a function writes", async () => {
    server.fault("garbage", { kind: "raw", bytes: "HTTP/9 what\r\n\r\n" });
    await expect(ask("/garbage")).rejects.toMatchObject({ code: /^HPE_/ });
    server.fault("own", {
      kind: "respond",
      respond: (_request, response) => void response.writeHead(418).end(),
    });
    expect((await ask("/own")).status).toBe(418);
  });

  it("waits before it answers", async () => {
    server.fault(matcher, { kind: "delay", ms: 60 });
    const start = Date.now();
    await Promise.all([ask(deb), ask(deb)]);
    expect(Date.now() - start).toBeGreaterThanOrEqual(55);
    expect(server.peak).toBe(2);
  });
});

describeNeeds(describe, ["openssl"], "a server with a certificate", () => {
  it("speaks TLS to those who trust it", async () => {
    const certificate = await createCertificate();
    await server.close();
    server = await serve(directory.path, { tls: certificate });
    const status = await new Promise((resolve, reject) => {
      getTls(`${server.url}Packages.gz`, { ca: certificate.cert, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on("error", reject);
    });
    expect(status).toBe(200);
  });
});
