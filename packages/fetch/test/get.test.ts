import { describe, expect, it } from "vitest";
import { failure, fetcherWith, serverOf } from "./fixture.js";
import { reply } from "./raw-server.js";

describe("get", () => {
  it("holds the document and its validators", async () => {
    const lastModified = "Sat, 03 Feb 2024 04:05:06 GMT";
    const server = await serverOf((seen) =>
      reply(seen, {
        body: "Origin: x\n",
        headers: { etag: 'W/"1"', "last-modified": lastModified },
      }),
    );
    const result = await fetcherWith().get({ urls: [server.url], limit: 100 });
    expect(result).toMatchObject({ status: "ok", url: server.url, etag: 'W/"1"', lastModified });
    expect(result.status === "ok" && Buffer.from(result.body).toString()).toBe("Origin: x\n");
  });

  it("asks conditionally and understands 304", async () => {
    const server = await serverOf((seen) => reply(seen, { status: 304, length: false }));
    const lastModified = "Sat, 03 Feb 2024 04:05:06 GMT";
    const result = await fetcherWith().get({
      urls: [server.url],
      limit: 100,
      etag: '"1"',
      lastModified,
    });
    expect(result).toEqual({ status: "unchanged", url: server.url });
    expect(server.seen[0]?.headers).toMatchObject({
      "if-none-match": '"1"',
      "if-modified-since": lastModified,
    });
  });

  it("takes a 304 that nobody asked for as an error", async () => {
    const server = await serverOf((seen) => reply(seen, { status: 304, length: false }));
    const error = await failure(fetcherWith().get({ urls: [server.url], limit: 100 }));
    expect(error).toMatchObject({ code: "ERR_FETCH_HTTP_STATUS", status: 304 });
  });

  it("does not send a validator that would break out of its header", async () => {
    const server = await serverOf((seen) => reply(seen, { body: "x" }));
    await fetcherWith().get({ urls: [server.url], limit: 100, etag: '"\r\nevil: 1"' });
    expect(server.seen[0]?.headers).not.toHaveProperty("evil");
    expect(server.seen[0]?.headers).not.toHaveProperty("if-none-match");
  });

  it("takes exactly as many bytes as the limit", async () => {
    const server = await serverOf((seen) => reply(seen, { body: "x".repeat(100) }));
    expect(await fetcherWith().get({ urls: [server.url], limit: 100 })).toMatchObject({
      status: "ok",
    });
    const error = await failure(fetcherWith().get({ urls: [server.url], limit: 99 }));
    expect(error).toMatchObject({ code: "ERR_FETCH_TOO_LARGE", found: "100", attempts: 1 });
  });

  it("stops an endless document at the limit", async () => {
    let sent = 0;
    const server = await serverOf((seen) => {
      seen.socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const more = () => {
        if (!seen.socket.destroyed) {
          sent += 16_384;
          seen.socket.write("x".repeat(16_384), () => setImmediate(more));
        }
      };
      more();
    });
    const error = await failure(fetcherWith().get({ urls: [server.url], limit: 100_000 }));
    expect(error.code).toBe("ERR_FETCH_TOO_LARGE");
    expect(sent).toBeLessThan(20 * 1024 * 1024);
  });

  it("goes on to the next URL when one lacks it, or holds too much", async () => {
    const server = await serverOf((seen) =>
      reply(
        seen,
        { "/a": { status: 404 }, "/b": { body: "x".repeat(1000) } }[seen.target] ?? { body: "ok" },
      ),
    );
    const urls = ["a", "b", "c"].map((path) => server.url + path);
    expect(await fetcherWith().get({ urls, limit: 100 })).toMatchObject({ url: urls[2] });
  });

  it("tells that all URLs lack it", async () => {
    const server = await serverOf((seen) => reply(seen, { status: 404 }));
    const urls = [`${server.url}a`, `${server.url}b`];
    expect(await fetcherWith().get({ urls, limit: 100 })).toEqual({ status: "missing", urls });
  });

  it.each([-1, 1.5, Number.NaN])("with a limit of %d is a TypeError", async (limit) => {
    await expect(fetcherWith().get({ urls: ["http://127.0.0.1/"], limit })).rejects.toThrow(
      TypeError,
    );
  });

  it("survives headers without end", async () => {
    const server = await serverOf((seen) => {
      seen.socket.write("HTTP/1.1 200 OK\r\n");
      const more = () =>
        seen.socket.destroyed ||
        seen.socket.write(`x: ${"y".repeat(10_000)}\r\n`, () => setImmediate(more));
      more();
    });
    const error = await failure(
      fetcherWith({ retries: 0 }).get({ urls: [server.url], limit: 100 }),
    );
    expect(error.code).toBe("ERR_FETCH_PROTOCOL");
  });
});

describe("exists", () => {
  it("is true for 2xx, false for 404 and 410, and asks by HEAD", async () => {
    const server = await serverOf((seen) => reply(seen, { status: Number(seen.target.slice(1)) }));
    const fetcher = fetcherWith();
    expect(await fetcher.exists(`${server.url}200`)).toBe(true);
    expect(await fetcher.exists(`${server.url}404`)).toBe(false);
    expect(await fetcher.exists(`${server.url}410`)).toBe(false);
    expect(server.seen.every((seen) => seen.method === "HEAD")).toBe(true);
  });

  it("fails for what says neither", async () => {
    const server = await serverOf((seen) => reply(seen, { status: 403 }));
    const error = await failure(fetcherWith().exists(server.url));
    expect(error).toMatchObject({ code: "ERR_FETCH_HTTP_STATUS", status: 403 });
  });

  it.each([403, 405, 501])("asks by GET for one byte what answers %i to HEAD", async (status) => {
    const server = await serverOf((seen) => {
      if (seen.method === "HEAD") return reply(seen, { status });
      return reply(seen, { status: seen.target === "/gone" ? 404 : 206, body: "x" });
    });
    const fetcher = fetcherWith();
    expect(await fetcher.exists(`${server.url}there`)).toBe(true);
    expect(await fetcher.exists(`${server.url}gone`)).toBe(false);
    expect(server.seen.map(({ method, headers }) => [method, headers.range])).toEqual([
      ["HEAD", undefined],
      ["GET", "bytes=0-0"],
      ["HEAD", undefined],
      ["GET", "bytes=0-0"],
    ]);
  });

  it("follows redirects and retries", async () => {
    const server = await serverOf((seen) =>
      reply(
        seen,
        seen.index === 0
          ? { status: 503 }
          : seen.target === "/"
            ? { status: 301, headers: { location: "/there" } }
            : {},
      ),
    );
    expect(await fetcherWith().exists(server.url)).toBe(true);
    expect(server.seen.map((seen) => seen.target)).toEqual(["/", "/", "/there"]);
  });
});
