import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { type File, failure, fetcherWith, file, serverOf, sha, sleep } from "./fixture.js";
import { type RawServer, reply, type Seen } from "./raw-server.js";

const ETAG = { etag: '"v1"' };

/** Announces the whole body, sends `count` bytes of it and closes. */
function cutOff(seen: Seen, body: Buffer, count: number, headers: Record<string, string>): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  seen.socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${lines.join("")}\r\n`);
  seen.socket.end(body.subarray(0, count));
}

/** Answers a Range request as RFC 9110 says. */
function partOf(
  seen: Seen,
  body: Buffer,
  validator: string,
  headers: Record<string, string>,
): void {
  const from = Number(/^bytes=(\d+)-$/.exec(seen.headers.range ?? "")?.[1] ?? Number.NaN);
  if (Number.isNaN(from) || seen.headers["if-range"] !== validator) {
    reply(seen, { body, headers });
  } else {
    const range = `bytes ${from}-${body.length - 1}/${body.length}`;
    reply(seen, {
      status: 206,
      headers: { ...headers, "content-range": range },
      body: body.subarray(from),
    });
  }
}

/** Leaves a partial of `count` bytes behind, as a run that was stopped does. */
async function leavePartial(wanted: File, count: number, headers: Record<string, string> = ETAG) {
  const server = await serverOf((seen) => cutOff(seen, wanted.body, count, headers));
  await failure(fetcherWith({ retries: 0 }).download(wanted.request(server.url)));
}

function entries(wanted: File): string[] {
  return readdirSync(dirname(wanted.destination)).sort();
}

const PARTIAL = ["file.deb.part", "file.deb.part.json"];

describe("a connection that breaks in the body", () => {
  it.each([300_000, 3_000_000])("is gone on with where it broke, of %d bytes", async (size) => {
    const wanted = file(size);
    const server = await serverOf((seen) =>
      seen.index === 0
        ? cutOff(seen, wanted.body, 200_000, ETAG)
        : partOf(seen, wanted.body, '"v1"', ETAG),
    );
    const result = await fetcherWith().download(wanted.request(server.url));
    expect(result).toMatchObject({ status: "done", bytes: size });
    expect(server.seen[1]?.headers).toMatchObject({ range: "bytes=200000-", "if-range": '"v1"' });
    expect(readFileSync(wanted.destination).equals(wanted.body)).toBe(true);
    expect(entries(wanted)).toEqual(["file.deb"]);
  });

  it("is gone on with again and again, as long as there is progress", async () => {
    const wanted = file(1_000_000);
    const server = await serverOf((seen) => {
      const from = Number(/\d+/.exec(seen.headers.range ?? "0")?.[0]);
      const rest = wanted.body.subarray(from);
      const range = from > 0 ? `content-range: bytes ${from}-999999/1000000\r\n` : "";
      seen.socket.write(
        `HTTP/1.1 ${from > 0 ? 206 : 200} X\r\netag: "v1"\r\n${range}content-length: ${rest.length}\r\n\r\n`,
      );
      seen.socket.end(rest.subarray(0, 100_000 * 2));
    });
    const result = await fetcherWith().download(wanted.request(server.url));
    expect(result).toMatchObject({ status: "done", bytes: 1_000_000 });
    expect(server.seen).toHaveLength(5);
  });

  it("is begun anew where nothing names the version, or too little came", async () => {
    for (const [headers, count] of [
      [{}, 200_000],
      [{ etag: 'W/"weak"' }, 200_000],
      [{ etag: "unquoted" }, 200_000],
      [ETAG, 65_536],
    ] as const) {
      const wanted = file(300_000);
      const server = await serverOf((seen) =>
        seen.index === 0
          ? cutOff(seen, wanted.body, count, headers)
          : reply(seen, { body: wanted.body, headers }),
      );
      const result = await fetcherWith().download(wanted.request(server.url));
      expect(result).toMatchObject({ status: "done", bytes: 300_000 + count });
      expect(server.seen[1]?.headers).not.toHaveProperty("range");
    }
  });
});

describe("a partial of an earlier run", () => {
  it.each([300_000, 3_000_000])("is taken up, of %d bytes", async (size) => {
    const wanted = file(size);
    await leavePartial(wanted, 200_000);
    expect(entries(wanted)).toEqual(PARTIAL);
    expect(statSync(`${wanted.destination}.part`).size).toBe(200_000);
    const server = await serverOf((seen) => partOf(seen, wanted.body, '"v1"', ETAG));
    const result = await fetcherWith().download(wanted.request(server.url));
    expect(result).toMatchObject({
      status: "done",
      bytes: size - 200_000,
      sha256: sha("sha256", wanted.body),
    });
    expect(readFileSync(wanted.destination).equals(wanted.body)).toBe(true);
    expect(entries(wanted)).toEqual(["file.deb"]);
  });

  it("is taken up by Last-Modified where there is no strong ETag", async () => {
    const wanted = file(300_000);
    const date = "Sat, 03 Feb 2024 04:05:06 GMT";
    const headers = { etag: 'W/"1"', "last-modified": date };
    await leavePartial(wanted, 200_000, headers);
    const server = await serverOf((seen) => partOf(seen, wanted.body, date, headers));
    const result = await fetcherWith().download(wanted.request(server.url));
    expect(result).toMatchObject({ bytes: 100_000, lastModified: new Date(date) });
  });

  it("is begun anew by a server that answers 200: no ranges, or another version", async () => {
    const wanted = file(300_000);
    await leavePartial(wanted, 200_000);
    const server = await serverOf((seen) => partOf(seen, wanted.body, '"v2"', { etag: '"v2"' }));
    const result = await fetcherWith().download(wanted.request(server.url));
    expect(result).toMatchObject({ status: "done", bytes: 300_000 });
    expect(server.seen).toHaveLength(1);
    expect(entries(wanted)).toEqual(["file.deb"]);
  });

  const wrong: [string, (body: Buffer) => { headers: Record<string, string>; body: Buffer }][] = [
    [
      "another start",
      (body) => ({
        headers: { "content-range": "bytes 100000-299999/300000" },
        body: body.subarray(100_000),
      }),
    ],
    [
      "another total",
      (body) => ({
        headers: { "content-range": "bytes 200000-299999/300001" },
        body: body.subarray(200_000),
      }),
    ],
    [
      "an early end",
      (body) => ({
        headers: { "content-range": "bytes 200000-299998/300000" },
        body: body.subarray(200_000, 299_999),
      }),
    ],
    [
      "another length",
      (body) => ({
        headers: { "content-range": "bytes 200000-299999/300000" },
        body: body.subarray(200_001),
      }),
    ],
    [
      "another version",
      (body) => ({
        headers: { "content-range": "bytes 200000-299999/300000", etag: '"v2"' },
        body: body.subarray(200_000),
      }),
    ],
    ["no Content-Range", (body) => ({ headers: {}, body: body.subarray(200_000) })],
    [
      "several ranges",
      () => ({
        headers: { "content-type": "multipart/byteranges; boundary=x" },
        body: Buffer.from("--x--"),
      }),
    ],
  ];
  it.each(wrong)("is begun anew after a 206 with %s", async (_, answer) => {
    const wanted = file(300_000);
    await leavePartial(wanted, 200_000);
    const server = await serverOf((seen) =>
      reply(
        seen,
        seen.headers.range === undefined
          ? { body: wanted.body }
          : { status: 206, ...answer(wanted.body) },
      ),
    );
    const result = await fetcherWith().download(wanted.request(server.url));
    expect(result).toMatchObject({ status: "done" });
    expect(server.seen).toHaveLength(2);
    expect(readFileSync(wanted.destination).equals(wanted.body)).toBe(true);
  });

  it("is begun anew after 416", async () => {
    const wanted = file(300_000);
    await leavePartial(wanted, 200_000);
    const server = await serverOf((seen) =>
      reply(seen, seen.headers.range === undefined ? { body: wanted.body } : { status: 416 }),
    );
    expect(await fetcherWith().download(wanted.request(server.url))).toMatchObject({
      status: "done",
    });
  });

  it("with damage costs one more request and is no mismatch", async () => {
    const wanted = file(300_000);
    await leavePartial(wanted, 200_000);
    const part = readFileSync(`${wanted.destination}.part`);
    part[77] = (part[77] ?? 0) ^ 1;
    writeFileSync(`${wanted.destination}.part`, part);
    const server = await serverOf((seen) => partOf(seen, wanted.body, '"v1"', ETAG));
    const result = await fetcherWith().download(wanted.request(server.url));
    expect(result).toMatchObject({ status: "done", bytes: 400_000 });
    expect(server.seen.map((seen) => seen.headers["cache-control"])).toEqual([
      undefined,
      undefined,
    ]);
    expect(readFileSync(wanted.destination).equals(wanted.body)).toBe(true);
  });

  it("with damage does not use up the second chance of the content from byte 0", async () => {
    const wanted = file(300_000);
    await leavePartial(wanted, 200_000);
    const evil = Buffer.alloc(300_000);
    const server = await serverOf((seen) => partOf(seen, evil, '"v1"', ETAG));
    const error = await failure(fetcherWith().download(wanted.request(server.url)));
    expect(error).toMatchObject({ code: "ERR_FETCH_DIGEST_MISMATCH", attempts: 3 });
    expect(entries(wanted)).toEqual([]);
  });

  it("that is complete is taken without a request", async () => {
    const wanted = file(300_000);
    await leavePartial(wanted, 200_000);
    writeFileSync(`${wanted.destination}.part`, wanted.body);
    const server = await serverOf((seen) => reply(seen, { status: 500 }));
    const result = await fetcherWith().download(wanted.request(server.url));
    expect(result).toMatchObject({ status: "done", bytes: 0 });
    expect(server.seen).toHaveLength(0);
    expect(readFileSync(wanted.destination).equals(wanted.body)).toBe(true);
    expect(entries(wanted)).toEqual(["file.deb"]);
  });

  const useless: [string, (wanted: File) => void][] = [
    ["longer than the file", (w) => writeFileSync(`${w.destination}.part`, Buffer.alloc(300_001))],
    ["complete and wrong", (w) => writeFileSync(`${w.destination}.part`, Buffer.alloc(300_000))],
    ["without a validator", (w) => writeFileSync(`${w.destination}.part.json`, "{}")],
    ["with garbage beside it", (w) => writeFileSync(`${w.destination}.part.json`, "\0\xff")],
    [
      "of other content",
      (w) =>
        writeFileSync(
          `${w.destination}.part.json`,
          JSON.stringify({ content: "0".repeat(64), etag: '"v1"' }),
        ),
    ],
    [
      "with a validator that would break out of its header",
      (w) =>
        writeFileSync(
          `${w.destination}.part.json`,
          JSON.stringify({ content: sha("sha256", w.body), etag: '"\r\nx: y"' }),
        ),
    ],
  ];
  it.each(useless)("that is %s is begun anew", async (_, spoil) => {
    const wanted = file(300_000);
    await leavePartial(wanted, 200_000);
    spoil(wanted);
    const server = await serverOf((seen) => partOf(seen, wanted.body, '"v1"', ETAG));
    const result = await fetcherWith().download(wanted.request(server.url));
    expect(result).toMatchObject({ status: "done", bytes: 300_000 });
    expect(server.seen[0]?.headers).not.toHaveProperty("range");
    expect(entries(wanted)).toEqual(["file.deb"]);
  });

  it("stays when no URL delivers", async () => {
    const wanted = file(300_000);
    await leavePartial(wanted, 200_000);
    const server = await serverOf((seen) => reply(seen, { status: 503 }));
    await failure(fetcherWith({ retries: 1 }).download(wanted.request(server.url)));
    expect(entries(wanted)).toEqual(PARTIAL);
  });

  it("is gone on with at another URL that has the same version", async () => {
    const wanted = file(300_000);
    await leavePartial(wanted, 200_000);
    const server: RawServer = await serverOf((seen) =>
      seen.target === "/a" ? reply(seen, { status: 404 }) : partOf(seen, wanted.body, '"v1"', ETAG),
    );
    const urls = [`${server.url}a`, `${server.url}b`];
    expect(await fetcherWith().download(wanted.request(urls))).toMatchObject({ bytes: 100_000 });
  });
});

describe("an abort", () => {
  it("ends the hashing of what an earlier run left, which stays", async () => {
    const wanted = file(3_000_000);
    await leavePartial(wanted, 2_900_000);
    const part = `${wanted.destination}.part`;
    // So much that it takes seconds; a size of its own, as no request is made.
    const size = 8 * 1024 ** 3;
    truncateSync(part, size);
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("enough")), 200);
    const since = performance.now();
    const server = await serverOf(() => {});
    const error = await failure(
      fetcherWith().download({ ...wanted.request(server.url), size, signal: abort.signal }),
    );
    expect(error).toMatchObject({ code: "ERR_FETCH_ABORTED" });
    expect(performance.now() - since).toBeLessThan(5000);
    expect(entries(wanted)).toEqual(PARTIAL);
    expect(statSync(part).size).toBe(size);
    expect(server.seen).toEqual([]);
  });

  it.each([300_000, 3_000_000])("in the body keeps what came, of %d bytes", async (size) => {
    const wanted = file(size);
    const server = await serverOf((seen) => {
      seen.socket.write(`HTTP/1.1 200 OK\r\netag: "v1"\r\ncontent-length: ${size}\r\n\r\n`);
      seen.socket.write(wanted.body.subarray(0, 200_000));
    });
    const abort = new AbortController();
    let came = 0;
    const running = failure(
      fetcherWith().download(
        wanted.request(server.url, {
          signal: abort.signal,
          onBytes(count) {
            came += count;
            if (came === 200_000) {
              setImmediate(() => abort.abort());
            }
          },
        }),
      ),
    );
    expect(await running).toMatchObject({ code: "ERR_FETCH_ABORTED" });
    expect(entries(wanted)).toEqual(PARTIAL);
    expect(statSync(`${wanted.destination}.part`).size).toBe(200_000);
    const next = await serverOf((seen) => partOf(seen, wanted.body, '"v1"', ETAG));
    expect(await fetcherWith().download(wanted.request(next.url))).toMatchObject({
      bytes: size - 200_000,
    });
  });
});

describe("a large body", () => {
  it("can be seen to grow on disk, under its partial name only", async () => {
    const wanted = file(3_000_000);
    let finish = () => {};
    const server = await serverOf((seen) => {
      seen.socket.write(`HTTP/1.1 200 OK\r\netag: "v1"\r\ncontent-length: 3000000\r\n\r\n`);
      seen.socket.write(wanted.body.subarray(0, 2_000_000));
      finish = () => seen.socket.write(wanted.body.subarray(2_000_000));
    });
    const running = fetcherWith({ stallTimeout: 2000 }).download(wanted.request(server.url));
    while (
      !existsSync(`${wanted.destination}.part`) ||
      statSync(`${wanted.destination}.part`).size < 1_500_000
    ) {
      await sleep(5);
    }
    expect(existsSync(wanted.destination)).toBe(false);
    expect(readFileSync(`${wanted.destination}.part.json`, "utf8")).toContain("v1");
    finish();
    expect(await running).toMatchObject({ status: "done" });
  });
});
