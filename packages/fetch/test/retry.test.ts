import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { pauseBefore, retryAfterOf } from "../src/retry.js";
import { failure, fetcherWith, file, serverOf, sleep } from "./fixture.js";
import { reply, type Seen } from "./raw-server.js";

describe("what may pass is asked for again", () => {
  it.each([408, 425, 429, 500, 502, 503, 504])("status %d", async (status) => {
    const wanted = file(1000);
    const server = await serverOf((seen) =>
      reply(seen, seen.index < 2 ? { status, body: "wait" } : { body: wanted.body }),
    );
    expect(await fetcherWith().download(wanted.request(server.url))).toMatchObject({
      status: "done",
    });
    expect(server.seen).toHaveLength(3);
  });

  const faults: [string, (seen: Seen, body: Buffer) => void][] = [
    ["a connection closed before the answer", (seen) => seen.socket.destroy()],
    ["a reset", (seen) => seen.socket.resetAndDestroy()],
    [
      "a body that ends too early",
      (seen, body) => {
        seen.socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
        seen.socket.end(body.subarray(0, 100));
      },
    ],
    [
      "a body without length that ends too early",
      (seen, body) => {
        seen.socket.write("HTTP/1.0 200 OK\r\n\r\n");
        seen.socket.end(body.subarray(0, 100));
      },
    ],
    ["silence instead of an answer", () => {}],
    [
      "silence in the body",
      (seen, body) => {
        seen.socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
        seen.socket.write(body.subarray(0, 100));
      },
    ],
    ["what is no HTTP", (seen) => seen.socket.end("220 ftp.example.org ready\r\n")],
  ];
  it.each(faults)("%s", async (_, fault) => {
    const wanted = file(1000);
    const server = await serverOf((seen) => {
      if (seen.index === 0) {
        fault(seen, wanted.body);
      } else {
        reply(seen, { body: wanted.body });
      }
    });
    const fetcher = fetcherWith({ stallTimeout: 1500 });
    expect(await fetcher.download(wanted.request(server.url))).toMatchObject({ status: "done" });
    expect(server.seen).toHaveLength(2);
    expect(readFileSync(wanted.destination).equals(wanted.body)).toBe(true);
    expect(readdirSync(dirname(wanted.destination))).toEqual(["file.deb"]);
  });
});

describe("what stays", () => {
  const lasting: [string, string, (seen: Seen) => void][] = [
    ["ERR_FETCH_HTTP_STATUS", "status 503", (seen) => reply(seen, { status: 503 })],
    ["ERR_FETCH_BROKEN", "a reset", (seen) => seen.socket.resetAndDestroy()],
    ["ERR_FETCH_PROTOCOL", "what is no HTTP", (seen) => seen.socket.end("hello\r\n\r\n")],
    ["ERR_FETCH_STALLED", "silence", () => {}],
  ];
  it.each(lasting)("ends with %s after the retries: %s", async (code, _, fault) => {
    const wanted = file(1000);
    const server = await serverOf(fault);
    const fetcher = fetcherWith({ retries: 2, stallTimeout: 500 });
    const error = await failure(fetcher.download(wanted.request(server.url)));
    expect(error).toMatchObject({ code, attempts: 3, url: server.url });
    expect(server.seen).toHaveLength(3);
  });

  it.each([204, 206, 300, 304, 400, 401, 403, 405, 451])(
    "status %d is an error at once",
    async (status) => {
      const wanted = file(1000);
      const headers = { "content-range": "bytes 0-999/1000" };
      const server = await serverOf((seen) => reply(seen, { status, headers }));
      const error = await failure(fetcherWith().download(wanted.request(server.url)));
      expect(error).toMatchObject({ code: "ERR_FETCH_HTTP_STATUS", status, attempts: 1 });
    },
  );

  it("is asked at most 20 times in all, and every URL at least once", async () => {
    const wanted = file(1000);
    const server = await serverOf((seen) => reply(seen, { status: 500 }));
    const urls = ["a", "b", "c", "d", "e"].map((name) => server.url + name);
    const error = await failure(fetcherWith({ retries: 50 }).download(wanted.request(urls)));
    expect(error).toMatchObject({ code: "ERR_FETCH_HTTP_STATUS", attempts: 20 });
    expect(error.others).toHaveLength(4);
    expect(new Set(server.seen.map((seen) => seen.target)).size).toBe(5);
  });

  it("by a drip below the least rate is ended", async () => {
    const wanted = file(1000);
    const server = await serverOf((seen) => {
      seen.socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
      const timer = setInterval(() => seen.socket.write("x"), 20);
      seen.socket.on("close", () => clearInterval(timer));
    });
    const fetcher = fetcherWith({ retries: 0, rateWindow: 200, minRate: 100 });
    const start = performance.now();
    const error = await failure(fetcher.download(wanted.request(server.url)));
    expect(error.code).toBe("ERR_FETCH_STALLED");
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it("steadily above the least rate is not ended", async () => {
    const wanted = file(40);
    const server = await serverOf((seen) => {
      seen.socket.write("HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n");
      let at = 0;
      const timer = setInterval(() => {
        seen.socket.write(wanted.body.subarray(at, at + 2));
        at += 2;
        if (at >= 40) {
          clearInterval(timer);
        }
      }, 25);
    });
    const fetcher = fetcherWith({ retries: 0, rateWindow: 100, minRate: 20 });
    expect(await fetcher.download(wanted.request(server.url))).toMatchObject({ status: "done" });
  });

  /** The URL of a port on which nobody listens. */
  const closedPort = async (): Promise<string> => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const address = closed.address();
    await new Promise((resolve) => closed.close(resolve));
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
  };

  it("refused connections end with ERR_FETCH_CONNECT", async () => {
    const url = await closedPort();
    const error = await failure(fetcherWith({ retries: 1 }).download(file(10).request(url)));
    expect(error).toMatchObject({ code: "ERR_FETCH_CONNECT", found: "ECONNREFUSED", attempts: 2 });
  });

  it("refused connections end each of more requests than there are connections", async () => {
    const url = await closedPort();
    const fetcher = fetcherWith({ maxConnections: 2, retries: 3 });
    const errors = await Promise.all(
      Array.from({ length: 40 }, () => failure(fetcher.download(file(100).request(url)))),
    );
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["ERR_FETCH_CONNECT"]));
  });

  it("a connection that does not come about ends with ERR_FETCH_CONNECT", async () => {
    const fetcher = fetcherWith({
      retries: 0,
      connectTimeout: 80,
      // Never answers.
      connect: { lookup: () => {} },
    });
    const start = performance.now();
    const error = await failure(fetcher.download(file(10).request("http://deb.example.org/")));
    expect(error).toMatchObject({ code: "ERR_FETCH_CONNECT", found: "timeout" });
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it("a name that does not resolve ends with ERR_FETCH_DNS, at once", async () => {
    const error = await failure(
      fetcherWith({
        connect: {
          lookup: (host, _options, callback) =>
            callback(
              Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), {
                code: "ENOTFOUND",
                syscall: "getaddrinfo",
              }),
              "",
            ),
        },
      }).download(file(10).request("http://no-such-host.example.org/")),
    );
    expect(error).toMatchObject({ code: "ERR_FETCH_DNS", found: "ENOTFOUND", attempts: 1 });
  });
});

describe("giving up", () => {
  it("ends one file when nothing was gained for that long, whatever retries are left", async () => {
    const wanted = file(10);
    const server = await serverOf(() => {});
    const start = performance.now();
    const error = await failure(
      fetcherWith({ retries: 15, stallTimeout: 60, giveUpAfter: 400 }).download(
        wanted.request(server.url),
      ),
    );
    expect(error.code).toBe("ERR_FETCH_STALLED");
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(server.seen.length).toBeGreaterThan(1);
  });

  it("on a dead host ends all files that wait for it", async () => {
    const server = await serverOf(() => {});
    const fetcher = fetcherWith({ maxConnections: 2, stallTimeout: 100, giveUpAfter: 400 });
    const start = performance.now();
    const errors = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        failure(fetcher.download(file(10).request(`${server.url}${n}`))),
      ),
    );
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(new Set(errors.map((error) => error.code))).toEqual(new Set(["ERR_FETCH_STALLED"]));
    expect(server.seen.length).toBeLessThan(40);
  });

  it("on a dead host leaves the next URL to each file", async () => {
    const files = Array.from({ length: 30 }, () => file(10));
    const dead = await serverOf(() => {});
    const server = await serverOf((seen) =>
      reply(seen, { body: files[Number(seen.target.slice(1))]?.body ?? "" }),
    );
    const fetcher = fetcherWith({ stallTimeout: 100, giveUpAfter: 400 });
    const results = await Promise.all(
      files.map((wanted, n) =>
        fetcher.download(wanted.request([`${dead.url}${n}`, `${server.url}${n}`])),
      ),
    );
    expect(results.every((result) => result.status === "done")).toBe(true);
  });
});

describe("the pause", () => {
  it("doubles, is cut at 30 s and differs by chance", () => {
    for (let retry = 1; retry <= 40; retry++) {
      const whole = Math.min(1000 * 2 ** (retry - 1), 30_000);
      const pauses = Array.from({ length: 20 }, () => pauseBefore(retry, 1000));
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(whole / 2);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(whole);
      expect(new Set(pauses).size).toBeGreaterThan(1);
    }
  });

  it("is at least what Retry-After asks for", async () => {
    const wanted = file(10);
    const times: number[] = [];
    const server = await serverOf((seen) => {
      times.push(performance.now());
      reply(
        seen,
        seen.index === 0 ? { status: 503, headers: { "retry-after": "1" } } : { body: wanted.body },
      );
    });
    await fetcherWith().download(wanted.request(server.url));
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it("is bounded although Retry-After asks for a year", async () => {
    const server = await serverOf((seen) =>
      reply(seen, { status: 429, headers: { "retry-after": "31536000" } }),
    );
    const start = performance.now();
    const error = await failure(
      fetcherWith({ giveUpAfter: 300 }).download(file(10).request(server.url)),
    );
    expect(error).toMatchObject({ status: 429, retryAfter: 31_536_000_000 });
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it("understands Retry-After as seconds and as a date, and ignores the rest", () => {
    const of = (value: string) => retryAfterOf({ status: 503, headers: { "retry-after": value } });
    expect(of("120")).toBe(120_000);
    expect(of(new Date(Date.now() + 60_000).toUTCString())).toBeGreaterThan(58_000);
    expect(of("Thu, 01 Jan 1970 00:00:00 GMT")).toBe(0);
    expect(of("soon")).toBeUndefined();
    expect(of("-5")).toBeUndefined();
  });

  it("does not hold a connection", async () => {
    const wanted = file(10);
    const server = await serverOf((seen) =>
      reply(seen, seen.target === "/bad" ? { status: 503 } : { body: wanted.body }),
    );
    const fetcher = fetcherWith({ maxConnections: 1, retryDelay: 1500, retries: 1 });
    const bad = failure(fetcher.download(file(10).request(`${server.url}bad`)));
    await sleep(50);
    await fetcher.download(wanted.request(server.url));
    expect(server.seen.map((seen) => seen.target)).toEqual(["/bad", "/"]);
    await fetcher.close();
    await bad;
  });
});
