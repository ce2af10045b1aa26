import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { createFetcher, createHostLimit } from "../src/index.js";
import { failure, fetcherWith, file, serverOf, sleep } from "./fixture.js";
import { hangingServer, hasIpv6 } from "./hanging-server.js";
import { type RawServer, reply, type Seen } from "./raw-server.js";

/** Answers after `ms`, and counts how many requests are open at once. */
function slowly(ms: number) {
  return (seen: Seen, server: RawServer) => {
    server.open++;
    server.mostOpen = Math.max(server.mostOpen, server.open);
    setTimeout(() => {
      server.open--;
      reply(seen, { body: "x" });
    }, ms);
  };
}

/** Every name resolves to loopback. */
const lookup = ((
  _host: string,
  options: { all?: boolean },
  callback: (...args: unknown[]) => void,
) =>
  options.all
    ? callback(null, [{ address: "127.0.0.1", family: 4 }])
    : callback(null, "127.0.0.1", 4)) as never;

const GET = { limit: 1000 };

describe("maxConnections", () => {
  it.each([1, 3])("%d is never exceeded, and is used", async (maxConnections) => {
    const server = await serverOf(slowly(10));
    const fetcher = fetcherWith({ maxConnections });
    await Promise.all(
      Array.from({ length: 30 }, (_, n) => fetcher.get({ urls: [`${server.url}${n}`], ...GET })),
    );
    expect(server.mostOpen).toBe(maxConnections);
    expect(server.connections).toBe(maxConnections);
    expect(server.seen).toHaveLength(30);
  });

  it("lets requests start in the order they came", async () => {
    const server = await serverOf(slowly(1));
    const fetcher = fetcherWith({ maxConnections: 1 });
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => fetcher.get({ urls: [`${server.url}${n}`], ...GET })),
    );
    expect(server.seen.map((seen) => seen.target)).toEqual(
      Array.from({ length: 20 }, (_, n) => `/${n}`),
    );
  });

  it("is one connection for requests after each other", async () => {
    const server = await serverOf(slowly(0));
    const fetcher = fetcherWith({ maxConnections: 8 });
    for (let n = 0; n < 10; n++) {
      await fetcher.get({ urls: [server.url], ...GET });
    }
    expect(server.connections).toBe(1);
  });

  it("is not held up by one slow answer", async () => {
    const server = await serverOf((seen) => {
      if (seen.target !== "/slow") {
        reply(seen, { body: "x" });
      }
    });
    const fetcher = fetcherWith({ maxConnections: 2, stallTimeout: 60_000, retries: 0 });
    const abort = new AbortController();
    const { signal } = abort;
    const slow = failure(fetcher.get({ urls: [`${server.url}slow`], ...GET, signal }));
    await Promise.all(
      Array.from({ length: 50 }, () => fetcher.get({ urls: [server.url], ...GET })),
    );
    abort.abort();
    expect((await slow).code).toBe("ERR_FETCH_ABORTED");
  });

  it("goes on over a new connection when the server closes a kept one", async () => {
    const server = await serverOf((seen) => {
      reply(seen, { body: "x", headers: seen.index % 2 ? { connection: "close" } : {} });
      if (seen.index % 2) {
        seen.socket.end();
      }
    });
    const fetcher = fetcherWith({ maxConnections: 1, retries: 0 });
    for (let n = 0; n < 8; n++) {
      expect(await fetcher.get({ urls: [server.url], ...GET })).toMatchObject({ status: "ok" });
    }
    expect(server.connections).toBe(4);
  });

  it("goes on over a new connection when the server closes an idle one without a word", async () => {
    let closed: Promise<unknown> | undefined;
    const server = await serverOf((seen) => {
      closed = once(seen.socket, "close");
      reply(seen, { body: "x" });
      setTimeout(() => seen.socket.end(), 50);
    });
    const fetcher = fetcherWith({ maxConnections: 1, retries: 0 });
    for (let n = 0; n < 4; n++) {
      expect(await fetcher.get({ urls: [server.url], ...GET })).toMatchObject({ status: "ok" });
      await closed;
    }
    expect(server.connections).toBe(4);
  });

  it("keeps the connection through an error page, and drops it over an endless one", async () => {
    const server = await serverOf((seen) => {
      if (seen.target === "/endless") {
        seen.socket.write("HTTP/1.1 404 X\r\ntransfer-encoding: chunked\r\n\r\n");
        const more = () =>
          seen.socket.destroyed ||
          seen.socket.write(`4000\r\n${"x".repeat(16_384)}\r\n`, () => setImmediate(more));
        more();
      } else {
        reply(seen, { status: 404, body: "x".repeat(5000) });
      }
    });
    const fetcher = fetcherWith({ maxConnections: 1 });
    for (const path of ["a", "b", "endless", "c"]) {
      expect(await fetcher.get({ urls: [server.url + path], ...GET })).toMatchObject({
        status: "missing",
      });
    }
    expect(server.connections).toBe(2);
  });
});

describe("a name with several addresses", () => {
  it.skipIf(!hasIpv6())("is reached by the second one while the first one hangs", async () => {
    const server = await serverOf((seen) => reply(seen, { body: "x" }));
    await using _hanging = await hangingServer("::1", server.port);
    const addressed = (
      connectTimeout: number,
      ...addresses: readonly { address: string; family: number }[]
    ) =>
      fetcherWith({
        retries: 0,
        connectTimeout,
        connect: { lookup: (_host, _options, callback) => callback(null, [...addresses]) },
      });
    const urls = [`http://both.test:${server.port}/`];
    const [hangs, answers] = [
      { address: "::1", family: 6 },
      { address: "127.0.0.1", family: 4 },
    ];
    const error = await failure(addressed(1000, hangs).get({ urls, ...GET }));
    expect(error).toMatchObject({ code: "ERR_FETCH_CONNECT", found: "timeout" });
    const started = performance.now();
    const found = await addressed(30_000, hangs, answers).get({ urls, ...GET });
    expect(found).toMatchObject({ status: "ok" });
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});

describe("hostLimit", () => {
  it("caps one host over several fetchers, and leaves the other hosts their places", async () => {
    const server = await serverOf(slowly(10));
    const other = await serverOf(slowly(10));
    const hostLimit = createHostLimit(2);
    const fetchers = [1, 2, 3].map(() =>
      fetcherWith({ maxConnections: 4, hostLimit, connect: { lookup } }),
    );
    await Promise.all(
      fetchers.flatMap((fetcher) =>
        Array.from({ length: 12 }, (_, n) => [
          fetcher.get({ urls: [`http://a.test:${server.port}/${n}`], ...GET }),
          fetcher.get({ urls: [`http://b.test:${other.port}/${n}`], ...GET }),
        ]).flat(),
      ),
    );
    expect(server.mostOpen).toBe(2);
    expect(other.mostOpen).toBe(2);
    expect(server.seen).toHaveLength(36);
    expect(other.seen).toHaveLength(36);
  });

  it("does not let a host without a place hold up another", async () => {
    const waiting: Seen[] = [];
    const busy = await serverOf((seen) => waiting.push(seen) < 2 || reply(seen, { body: "x" }));
    const free = await serverOf(slowly(0));
    const fetcher = fetcherWith({
      maxConnections: 3,
      hostLimit: createHostLimit(1),
      stallTimeout: 60_000,
      connect: { lookup },
    });
    const slow = [1, 2].map(() =>
      fetcher.get({ urls: [`http://busy.test:${busy.port}/`], ...GET }),
    );
    for (let n = 0; n < 5; n++) {
      await fetcher.get({ urls: [`http://free.test:${free.port}/`], ...GET });
    }
    expect(waiting).toHaveLength(1);
    for (const seen of waiting) {
      reply(seen, { body: "x" });
    }
    await Promise.all(slow);
  });

  it("counts a redirect for the host that it leads to", async () => {
    const target = await serverOf(slowly(20));
    const server = await serverOf((seen) =>
      reply(seen, { status: 302, headers: { location: `http://b.test:${target.port}/` } }),
    );
    const fetcher = fetcherWith({
      maxConnections: 8,
      hostLimit: createHostLimit(2),
      connect: { lookup },
    });
    await Promise.all(
      Array.from({ length: 10 }, () =>
        fetcher.get({ urls: [`http://a.test:${server.port}/`], ...GET }),
      ),
    );
    expect(target.mostOpen).toBe(2);
  });

  it("gets its places back from requests that fail or are aborted", async () => {
    const server = await serverOf((seen) => {
      if (seen.target === "/reset") {
        seen.socket.resetAndDestroy();
      } else if (seen.target !== "/silent") {
        reply(seen, { body: "x" });
      }
    });
    const fetcher = fetcherWith({ hostLimit: createHostLimit(1), retries: 0, stallTimeout: 60 });
    const abort = new AbortController();
    await failure(fetcher.get({ urls: [`${server.url}reset`], ...GET }));
    await failure(fetcher.get({ urls: [`${server.url}silent`], ...GET }));
    setTimeout(() => abort.abort(), 20);
    await failure(fetcher.get({ urls: [`${server.url}silent`], ...GET, signal: abort.signal }));
    expect(await fetcher.get({ urls: [server.url], ...GET })).toMatchObject({ status: "ok" });
  });

  it.each([0, -1, 1.5, Number.NaN])("of %d is a TypeError", (perHost) => {
    expect(() => createHostLimit(perHost)).toThrow(TypeError);
  });
});

describe("an abort", () => {
  it("ends running, waiting and pausing requests at once", async () => {
    const server = await serverOf((seen) => {
      if (seen.target === "/busy") {
        reply(seen, { status: 503 });
      }
    });
    const fetcher = fetcherWith({
      maxConnections: 3,
      stallTimeout: 50_000,
      retryDelay: 50_000,
      giveUpAfter: 600_000,
    });
    const abort = new AbortController();
    const { signal } = abort;
    const reason = new Error("enough");
    const failures = [
      failure(fetcher.get({ urls: [`${server.url}busy`], ...GET, signal })),
      ...Array.from({ length: 20 }, (_, n) =>
        failure(fetcher.get({ urls: [`${server.url}${n}`], ...GET, signal })),
      ),
      failure(fetcher.download(file(10).request(`${server.url}file`, { signal }))),
    ];
    await sleep(60);
    const start = performance.now();
    abort.abort(reason);
    const errors = await Promise.all(failures);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(new Set(errors.map((error) => error.code))).toEqual(new Set(["ERR_FETCH_ABORTED"]));
    expect(errors.every((error) => error.cause === reason)).toBe(true);
    expect(server.seen.length).toBeLessThan(10);
  });

  it("before the start keeps the request from being sent", async () => {
    const server = await serverOf(slowly(0));
    const error = await failure(
      fetcherWith().get({ urls: [server.url], ...GET, signal: AbortSignal.abort() }),
    );
    expect(error.code).toBe("ERR_FETCH_ABORTED");
    expect(server.connections).toBe(0);
  });

  it("while connecting frees the place and the socket", async () => {
    const server = await serverOf(slowly(0));
    const asked: string[] = [];
    const fetcher = fetcherWith({
      maxConnections: 1,
      connectTimeout: 60_000,
      connect: {
        lookup: (host, _options, callback) => {
          asked.push(host);
          if (host === "good.test") {
            callback(null, [{ address: "127.0.0.1", family: 4 }]);
          }
        },
      },
    });
    const abort = new AbortController();
    const stuck = failure(
      fetcher.get({ urls: ["http://stuck.test/"], ...GET, signal: abort.signal }),
    );
    const next = fetcher.get({ urls: [`http://good.test:${server.port}/`], ...GET });
    await sleep(100);
    expect(asked).toEqual(["stuck.test"]);
    abort.abort();
    expect((await stuck).code).toBe("ERR_FETCH_ABORTED");
    expect(await next).toMatchObject({ status: "ok" });
  });
});

describe("close", () => {
  it("ends what is under way and what comes later, and its connections", async () => {
    let arrived = (_seen: Seen) => {};
    const first = new Promise<Seen>((resolve) => {
      arrived = resolve;
    });
    const server = await serverOf((seen) => arrived(seen));
    const fetcher = fetcherWith({ stallTimeout: 60_000 });
    const running = failure(fetcher.get({ urls: [server.url], ...GET }));
    const { socket } = await first;
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await fetcher.close();
    expect((await running).code).toBe("ERR_FETCH_ABORTED");
    expect((await failure(fetcher.get({ urls: [server.url], ...GET }))).code).toBe(
      "ERR_FETCH_ABORTED",
    );
    await closed;
    await fetcher.close();
  });

  it("may come before anything was asked", async () => {
    await createFetcher({ maxConnections: 1 }).close();
  });
});

describe("options", () => {
  it.each([
    { maxConnections: 0 },
    { maxConnections: 1.5 },
    { retries: -1 },
    { stallTimeout: Number.NaN },
    { giveUpAfter: -1 },
    { userAgent: "a\r\nb: c" },
    { proxy: { http: "socks5://127.0.0.1:1080" } },
    { proxy: { https: "http://" } },
  ])("out of range are TypeErrors: %o", (options) => {
    expect(() => createFetcher({ maxConnections: 1, ...options })).toThrow(TypeError);
  });
});

describe("a signal", () => {
  it("shared by many requests gets one listener, and is let go of afterwards", async () => {
    const server = await serverOf(slowly(1));
    const fetcher = fetcherWith({ maxConnections: 4 });
    const { signal } = new AbortController();
    let added = 0;
    let listening = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      added++;
      listening++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listening--;
      removeEventListener.apply(signal, args);
    };
    await Promise.all(
      Array.from({ length: 100 }, () => fetcher.get({ urls: [server.url], ...GET, signal })),
    );
    expect(added).toBeLessThan(5);
    expect(listening).toBe(0);
  });
});
