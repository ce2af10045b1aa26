import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { directory, failure, fetcherWith, file, serverOf, sha } from "./fixture.js";
import { reply } from "./raw-server.js";

const umask = process.umask();
afterEach(() => {
  process.umask(umask);
});

describe("a download that goes well", () => {
  it("puts the file there, reports its SHA-256 and leaves nothing else", async () => {
    const wanted = file(100_000);
    const server = await serverOf((seen) => reply(seen, { body: wanted.body }));
    let told = 0;
    const result = await fetcherWith().download(
      wanted.request(`${server.url}pool/a.deb`, { onBytes: (n) => (told += n) }),
    );
    expect(result).toEqual({
      status: "done",
      url: `${server.url}pool/a.deb`,
      bytes: 100_000,
      sha256: sha("sha256", wanted.body),
    });
    expect(told).toBe(100_000);
    expect(readFileSync(wanted.destination).equals(wanted.body)).toBe(true);
    expect(readdirSync(dirname(wanted.destination))).toEqual(["file.deb"]);
  });

  it.each([0, 1, 65_536, 1_048_576, 1_048_577, 5_000_000])("works for %d bytes", async (size) => {
    const wanted = file(size);
    const server = await serverOf((seen) =>
      reply(seen, { body: wanted.body, headers: { etag: '"a"' } }),
    );
    const result = await fetcherWith().download(wanted.request(server.url));
    expect(result).toMatchObject({ status: "done", bytes: size });
    expect(readFileSync(wanted.destination).equals(wanted.body)).toBe(true);
    expect(readdirSync(dirname(wanted.destination))).toEqual(["file.deb"]);
  });

  it("asks for the bytes as they lie there and says who asks", async () => {
    const wanted = file(10);
    const server = await serverOf((seen) => reply(seen, { body: wanted.body }));
    await fetcherWith({ userAgent: "me/1" }).download(wanted.request(`${server.url}a%3ab?x=1#f`));
    expect(server.seen[0]).toMatchObject({
      method: "GET",
      target: "/a%3ab?x=1",
      headers: {
        "accept-encoding": "identity",
        "user-agent": "me/1",
        host: `127.0.0.1:${server.port}`,
      },
    });
  });

  it("keeps Last-Modified as the time of the file", async () => {
    const wanted = file(10);
    const date = new Date("2024-02-03T04:05:06Z");
    const server = await serverOf((seen) =>
      reply(seen, { body: wanted.body, headers: { "last-modified": date.toUTCString() } }),
    );
    const result = await fetcherWith().download(wanted.request(server.url));
    expect(result).toMatchObject({ lastModified: date });
    expect(statSync(wanted.destination).mtime).toEqual(date);
  });

  it.each(["Thu, 01 Jan 2099 00:00:00 GMT", "yesterday", "Thu, 01 Jan 1960 00:00:00 GMT"])(
    "does not believe a Last-Modified of %s",
    async (date) => {
      const wanted = file(10);
      const server = await serverOf((seen) =>
        reply(seen, { body: wanted.body, headers: { "last-modified": date } }),
      );
      const result = await fetcherWith().download(wanted.request(server.url));
      expect(result).not.toHaveProperty("lastModified");
      expect(Date.now() - statSync(wanted.destination).mtimeMs).toBeLessThan(60_000);
    },
  );

  it.each([0o077, 0o177, 0o022, 0o777])(
    "makes it readable for all under umask %o",
    async (mask) => {
      const small = file(10);
      const large = file(1_500_000);
      const server = await serverOf((seen) =>
        reply(seen, { body: seen.target === "/large" ? large.body : small.body }),
      );
      process.umask(mask);
      const fetcher = fetcherWith();
      await fetcher.download(small.request(`${server.url}small`));
      await fetcher.download(large.request(`${server.url}large`));
      process.umask(umask);
      expect(statSync(small.destination).mode & 0o777).toBe(0o644);
      expect(statSync(large.destination).mode & 0o777).toBe(0o644);
    },
  );

  it("stores what came over the wire although the server names a Content-Encoding", async () => {
    const body = gzipSync("x".repeat(10_000));
    const destination = join(directory(), "Packages.gz");
    const server = await serverOf((seen) =>
      reply(seen, { body, headers: { "content-encoding": "x-gzip" } }),
    );
    const digests = { sha256: sha("sha256", body) };
    await fetcherWith().download({ urls: [server.url], destination, size: body.length, digests });
    expect(readFileSync(destination).equals(body)).toBe(true);
  });

  it("takes chunked bodies and those that end with the connection", async () => {
    const wanted = file(3000);
    const server = await serverOf((seen) => {
      if (seen.target === "/chunked") {
        seen.socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n");
        seen.socket.write(wanted.body.subarray(0, 5));
        seen.socket.write(`\r\n${(2995).toString(16)}\r\n`);
        seen.socket.write(wanted.body.subarray(5));
        seen.socket.write("\r\n0\r\n\r\n");
      } else {
        seen.socket.write("HTTP/1.0 200 OK\r\n\r\n");
        seen.socket.end(wanted.body);
      }
    });
    const fetcher = fetcherWith();
    for (const path of ["chunked", "closed"]) {
      await fetcher.download(wanted.request(server.url + path));
      expect(readFileSync(wanted.destination).equals(wanted.body)).toBe(true);
    }
    expect(server.seen).toHaveLength(2);
  });

  it("takes a body of a hundred thousand one-byte chunks", async () => {
    const wanted = file(100_000);
    const server = await serverOf((seen) => {
      seen.socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
      const chunks: Buffer[] = [];
      for (const byte of wanted.body) {
        chunks.push(Buffer.from("1\r\n"), Buffer.from([byte]), Buffer.from("\r\n"));
      }
      seen.socket.write(Buffer.concat([...chunks, Buffer.from("0\r\n\r\n")]));
    });
    await fetcherWith({ stallTimeout: 5000 }).download(wanted.request(server.url));
    expect(readFileSync(wanted.destination).equals(wanted.body)).toBe(true);
  });

  it("passes over informational answers", async () => {
    const wanted = file(10);
    const server = await serverOf((seen) => {
      seen.socket.write("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n");
      reply(seen, { body: wanted.body });
    });
    expect(await fetcherWith().download(wanted.request(server.url))).toMatchObject({
      status: "done",
    });
  });

  it("replaces what was there under that name, a link itself and not its target", async () => {
    const wanted = file(10);
    const other = join(directory(), "other");
    writeFileSync(other, "untouched");
    symlinkSync(other, wanted.destination);
    symlinkSync(other, `${wanted.destination}.part`);
    const server = await serverOf((seen) => reply(seen, { body: wanted.body }));
    await fetcherWith().download(wanted.request(server.url));
    expect(lstatSync(wanted.destination).isFile()).toBe(true);
    expect(readFileSync(wanted.destination).equals(wanted.body)).toBe(true);
    expect(readFileSync(other, "utf8")).toBe("untouched");
  });

  it("checks every digest that it is given", async () => {
    const wanted = file(500);
    const server = await serverOf((seen) => reply(seen, { body: wanted.body }));
    const right = {
      sha256: sha("sha256", wanted.body),
      sha512: sha("sha512", wanted.body),
      sha1: sha("sha1", wanted.body),
      md5: sha("md5", wanted.body),
    };
    const fetcher = fetcherWith();
    expect(await fetcher.download(wanted.request(server.url, { digests: right }))).toMatchObject({
      status: "done",
    });
    for (const [algorithm, digest] of Object.entries(right)) {
      const wrong = { ...right, [algorithm]: digest.replace(/./, (c) => (c === "0" ? "1" : "0")) };
      const error = await failure(fetcher.download(wanted.request(server.url, { digests: wrong })));
      expect(error).toMatchObject({ code: "ERR_FETCH_DIGEST_MISMATCH", found: digest });
    }
  });
});

describe("other content than expected", () => {
  it("never shows under the destination, and is asked for once more, past caches", async () => {
    const wanted = file(200_000);
    const evil = Buffer.from(wanted.body);
    evil[100_000] = (evil[100_000] ?? 0) ^ 1;
    const server = await serverOf((seen) => reply(seen, { body: evil, headers: { etag: '"a"' } }));
    const error = await failure(fetcherWith().download(wanted.request(server.url)));
    expect(error).toMatchObject({
      code: "ERR_FETCH_DIGEST_MISMATCH",
      expected: sha("sha256", wanted.body),
      found: sha("sha256", evil),
      attempts: 2,
    });
    expect(server.seen[0]?.headers["cache-control"]).toBeUndefined();
    expect(server.seen[1]?.headers["cache-control"]).toBe("no-cache");
    expect(server.seen[1]?.headers.range).toBeUndefined();
    expect(readdirSync(dirname(wanted.destination))).toEqual([]);
  });

  it("is asked of the next URL after the second time", async () => {
    const wanted = file(1000);
    const server = await serverOf((seen) =>
      reply(seen, { body: seen.target === "/good" ? wanted.body : Buffer.alloc(1000) }),
    );
    const result = await fetcherWith().download(
      wanted.request([`${server.url}bad`, `${server.url}good`]),
    );
    expect(result).toMatchObject({ status: "done", url: `${server.url}good`, bytes: 3000 });
    expect(server.seen.map((seen) => seen.target)).toEqual(["/bad", "/bad", "/good"]);
  });

  it("is right the second time, if the server had a bad moment", async () => {
    const wanted = file(1000);
    const server = await serverOf((seen) =>
      reply(seen, { body: seen.index === 0 ? Buffer.alloc(1000) : wanted.body }),
    );
    expect(await fetcherWith().download(wanted.request(server.url))).toMatchObject({
      status: "done",
    });
  });

  it("by its Content-Length fails before the body is read", async () => {
    const wanted = file(1000);
    const server = await serverOf((seen) => {
      seen.socket.write("HTTP/1.1 200 OK\r\ncontent-length: 4398046511104\r\n\r\n");
    });
    const start = performance.now();
    const fetcher = fetcherWith({ stallTimeout: 60_000 });
    const error = await failure(fetcher.download(wanted.request(server.url)));
    expect(error).toMatchObject({
      code: "ERR_FETCH_SIZE_MISMATCH",
      expected: "1000",
      found: "4398046511104",
      attempts: 2,
    });
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it("without an end is cut off at the expected size", async () => {
    const wanted = file(100_000);
    let sent = 0;
    const server = await serverOf((seen) => {
      seen.socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
      const more = () => {
        if (!seen.socket.destroyed) {
          sent += 65_536;
          seen.socket.write(`10000\r\n${"x".repeat(65_536)}\r\n`, () => setImmediate(more));
        }
      };
      more();
    });
    const error = await failure(fetcherWith().download(wanted.request(server.url)));
    expect(error).toMatchObject({ code: "ERR_FETCH_SIZE_MISMATCH", attempts: 2 });
    expect(sent).toBeLessThan(40 * 1024 * 1024);
    expect(readdirSync(dirname(wanted.destination))).toEqual([]);
  });

  it("that is too short though complete is a size mismatch, not a broken connection", async () => {
    const wanted = file(1000);
    const server = await serverOf((seen) => {
      seen.socket.write(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
      );
    });
    const error = await failure(fetcherWith().download(wanted.request(server.url)));
    expect(error).toMatchObject({ code: "ERR_FETCH_SIZE_MISMATCH", found: "3", attempts: 2 });
  });

  it("is not allocated for by a size of 8 PiB", async () => {
    const wanted = file(1000);
    const server = await serverOf((seen) => reply(seen, { body: wanted.body, length: false }));
    const size = Number.MAX_SAFE_INTEGER;
    const before = process.memoryUsage().rss;
    const error = await failure(
      fetcherWith({ retries: 0, stallTimeout: 500 }).download(wanted.request(server.url, { size })),
    );
    expect(error.code).toBe("ERR_FETCH_STALLED");
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });
});

describe("absence", () => {
  it.each([404, 410])("by %d at every URL is a value, each asked once", async (status) => {
    const wanted = file(10);
    const server = await serverOf((seen) => reply(seen, { status, body: "no such file" }));
    const urls = [`${server.url}a`, `${server.url}b`];
    expect(await fetcherWith().download(wanted.request(urls))).toEqual({ status: "missing", urls });
    expect(server.seen).toHaveLength(2);
    expect(server.connections).toBe(1);
  });

  it("at the first URL leads to the next", async () => {
    const wanted = file(10);
    const server = await serverOf((seen) =>
      reply(seen, seen.target === "/a" ? { status: 404 } : { body: wanted.body }),
    );
    const result = await fetcherWith().download(
      wanted.request([`${server.url}a`, `${server.url}b`]),
    );
    expect(result).toMatchObject({ status: "done", url: `${server.url}b` });
  });

  it("at one URL does not hide the failure of another", async () => {
    const wanted = file(10);
    const server = await serverOf((seen) =>
      reply(seen, { status: seen.target === "/a" ? 403 : 404 }),
    );
    const error = await failure(
      fetcherWith().download(wanted.request([`${server.url}a`, `${server.url}b`])),
    );
    expect(error).toMatchObject({ code: "ERR_FETCH_HTTP_STATUS", status: 403, attempts: 2 });
  });
});

describe("the disk", () => {
  it.each([
    ["a missing directory", 10, "ENOENT"],
    ["a missing directory", 2_000_000, "ENOENT"],
  ])("%s fails a file of %d bytes at the first attempt", async (_, size, found) => {
    const wanted = file(size, join(directory(), "missing", "file.deb"));
    const server = await serverOf((seen) => reply(seen, { body: wanted.body }));
    const error = await failure(fetcherWith().download(wanted.request([server.url, server.url])));
    expect(error).toMatchObject({
      code: "ERR_FETCH_WRITE",
      found,
      path: wanted.destination,
      attempts: 1,
    });
    expect(server.seen).toHaveLength(1);
  });

  it("a directory under the destination's name is refused and stays", async () => {
    const wanted = file(10);
    mkdirSync(wanted.destination);
    const server = await serverOf((seen) => reply(seen, { body: wanted.body }));
    const error = await failure(fetcherWith().download(wanted.request(server.url)));
    expect(error).toMatchObject({ code: "ERR_FETCH_WRITE", found: "EISDIR" });
    expect(readdirSync(dirname(wanted.destination))).toEqual(["file.deb"]);
    expect(existsSync(wanted.destination)).toBe(true);
  });
});

describe("a request that cannot be meant", () => {
  const good = { urls: ["http://127.0.0.1:1/"], destination: "/x", size: 1 };
  const sha256 = "0".repeat(64);
  it.each([
    ["no URL", { ...good, urls: [], digests: { sha256 } }],
    ["a relative file URL", { ...good, urls: ["file:passwd"], digests: { sha256 } }],
    ["a negative size", { ...good, size: -1, digests: { sha256 } }],
    ["half a byte", { ...good, size: 0.5, digests: { sha256 } }],
    ["a digest cut short", { ...good, digests: { sha256: "00" } }],
    ["an upper-case digest", { ...good, digests: { sha256: "A".repeat(64) } }],
    ["an empty digest", { ...good, digests: { sha256, md5: "" } }],
    ["only weak digests", { ...good, digests: { md5: "0".repeat(32), sha1: "0".repeat(40) } }],
  ])("is a TypeError: %s", async (_, request) => {
    await expect(fetcherWith().download(request)).rejects.toThrow(TypeError);
  });

  it("is a TypeError: two downloads to one destination at a time", async () => {
    const wanted = file(10);
    const server = await serverOf((seen) => reply(seen, { body: wanted.body }));
    const fetcher = fetcherWith();
    const first = fetcher.download(wanted.request(server.url));
    await expect(fetcher.download(wanted.request(server.url))).rejects.toThrow(TypeError);
    expect(await first).toMatchObject({ status: "done" });
    expect(await fetcher.download(wanted.request(server.url))).toMatchObject({ status: "done" });
  });
});
