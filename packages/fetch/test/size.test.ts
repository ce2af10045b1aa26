import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { directory, failure, fetcherWith, serverOf } from "./fixture.js";
import { reply, type Seen } from "./raw-server.js";

/** Answers a GET of the first byte of a file of `size` bytes with that byte. */
function firstByte(seen: Seen, size: number): void {
  const headers = { "content-range": `bytes 0-0/${size}` };
  reply(seen, { status: 206, headers, body: "x" });
}

const methods = ({ seen }: { readonly seen: readonly Seen[] }) => seen.map(({ method }) => method);

describe("size", () => {
  it("is what the answer to HEAD says, and nothing is fetched", async () => {
    const server = await serverOf((seen) =>
      reply(seen, { length: false, headers: { "content-length": 5_000_000_000 } }),
    );
    const { url } = server;
    const result = await fetcherWith().size({ urls: [url] });
    expect(result).toEqual({ status: "ok", size: 5_000_000_000, url });
    expect(methods(server)).toEqual(["HEAD"]);
  });

  it("is missing where every server says so", async () => {
    const server = await serverOf((seen) => reply(seen, { status: 404 }));
    const urls = [server.url, `${server.url}b`];
    expect(await fetcherWith().size({ urls })).toEqual({ status: "missing", urls });
  });

  it.each([403, 405, 501])("is asked by GET where HEAD is answered by %d", async (status) => {
    const server = await serverOf((seen) =>
      seen.method === "HEAD" ? reply(seen, { status }) : firstByte(seen, 4242),
    );
    expect(await fetcherWith().size({ urls: [server.url] })).toMatchObject({ size: 4242 });
    expect(methods(server)).toEqual(["HEAD", "GET"]);
    expect(server.seen[1]?.headers.range).toBe("bytes=0-0");
  });

  it.each([
    ["says nothing", "transfer-encoding: chunked"],
    ["says 0", "content-length: 0"],
  ])("is asked by GET where the answer to HEAD %s", async (_, header) => {
    const server = await serverOf((seen) =>
      seen.method === "HEAD"
        ? seen.socket.write(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n`)
        : firstByte(seen, 4242),
    );
    expect(await fetcherWith().size({ urls: [server.url] })).toMatchObject({ size: 4242 });
    expect(methods(server)).toEqual(["HEAD", "GET"]);
  });

  it("is that of a GET whose server knows no ranges, whose body is not read", async () => {
    const body = Buffer.alloc(10_000_000);
    const server = await serverOf((seen) =>
      seen.method === "HEAD" ? reply(seen, { status: 405 }) : reply(seen, { body }),
    );
    expect(await fetcherWith().size({ urls: [server.url] })).toMatchObject({ size: 10_000_000 });
  });

  it("is 0 where a GET says so too", async () => {
    const empty = await serverOf((seen) => reply(seen, {}));
    expect(await fetcherWith().size({ urls: [empty.url] })).toMatchObject({ size: 0 });
    const strict = await serverOf((seen) =>
      reply(seen, seen.method === "HEAD" ? {} : { status: 416 }),
    );
    expect(await fetcherWith().size({ urls: [strict.url] })).toMatchObject({ size: 0 });
  });

  it("is asked of the next URL where a server does not say, and an error where none does", async () => {
    const silent = await serverOf((seen) => {
      seen.socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
      if (seen.method === "GET") seen.socket.write("1\r\nx\r\n0\r\n\r\n");
    });
    const telling = await serverOf((seen) => reply(seen, { body: "four" }));
    const fetcher = fetcherWith();
    const urls = [silent.url, telling.url];
    expect(await fetcher.size({ urls })).toEqual({ status: "ok", size: 4, url: telling.url });
    const error = await failure(fetcher.size({ urls: [silent.url] }));
    expect(error).toMatchObject({ code: "ERR_FETCH_NO_SIZE", url: silent.url });
  });

  it("is not taken from a failure", async () => {
    const server = await serverOf((seen) => reply(seen, { status: 401, body: "who are you?" }));
    const error = await failure(fetcherWith().size({ urls: [server.url] }));
    expect(error).toMatchObject({ code: "ERR_FETCH_HTTP_STATUS", status: 401, attempts: 1 });
  });

  it("of a file URL is the file's", async () => {
    const path = join(directory(), "image");
    writeFileSync(path, "");
    const url = pathToFileURL(path).href;
    expect(await fetcherWith().size({ urls: [url] })).toEqual({ status: "ok", size: 0, url });
    truncateSync(path, 2 ** 40);
    expect(await fetcherWith().size({ urls: [url] })).toMatchObject({ size: 2 ** 40 });
  });

  it("of no URL is a TypeError", async () => {
    await expect(fetcherWith().size({ urls: [] })).rejects.toThrow(TypeError);
  });
});
