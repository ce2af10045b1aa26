import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { createHostLimit, encodePath } from "../src/index.js";
import { directory, type File, failure, fetcherWith, file, serverOf, sha } from "./fixture.js";
import { reply } from "./raw-server.js";

const DATE = new Date("2024-02-03T04:05:06Z");

/** Puts content under a name of a new directory; returns its path and its URL. */
function source(content: Buffer | string, name = "source"): { path: string; url: string } {
  const path = join(directory(), name);
  writeFileSync(path, content);
  return { path, url: pathToFileURL(path).href };
}

const text = (body: Uint8Array) => Buffer.from(body).toString();
const isDownloaded = ({ destination, body }: File) => readFileSync(destination).equals(body);

describe("a document of a file URL", () => {
  it("is read with its date, and is unchanged as long as nobody writes to it", async () => {
    const { path, url } = source("Origin: x\n");
    utimesSync(path, DATE, DATE);
    const fetcher = fetcherWith();
    const first = await fetcher.get({ urls: [url], limit: 100 });
    if (first.status !== "ok") throw new Error(first.status);
    expect(text(first.body)).toBe("Origin: x\n");
    expect(first).toMatchObject({ url, lastModified: DATE.toUTCString() });
    const { etag, lastModified } = first;
    const unchanged = { status: "unchanged", url };
    expect(await fetcher.get({ urls: [url], limit: 100, etag })).toEqual(unchanged);
    expect(await fetcher.get({ urls: [url], limit: 100, etag, lastModified })).toEqual(unchanged);
    expect(await fetcher.get({ urls: [url], limit: 100, lastModified })).toEqual(unchanged);
  });

  it("has changed where other bytes have its size and its date", async () => {
    const { path, url } = source("Origin: x\n");
    utimesSync(path, DATE, DATE);
    const fetcher = fetcherWith();
    const first = await fetcher.get({ urls: [url], limit: 100 });
    const { etag } = first.status === "ok" ? first : {};
    writeFileSync(path, "Origin: y\n");
    utimesSync(path, DATE, DATE);
    const second = await fetcher.get({ urls: [url], limit: 100, etag });
    expect(second.status === "ok" && text(second.body)).toBe("Origin: y\n");
  });

  it("has changed where another disk shows an older one", async () => {
    const { path, url } = source("older");
    utimesSync(path, DATE, DATE);
    const lastModified = new Date(DATE.getTime() + 60_000).toUTCString();
    const result = await fetcherWith().get({ urls: [url], limit: 100, lastModified });
    expect(result.status).toBe("ok");
  });

  it("is missing where there is none, and where a file stands in place of a directory", async () => {
    const { url } = source("x");
    const fetcher = fetcherWith();
    const urls = [`${url}-not`, `${url}/below`];
    expect(await fetcher.get({ urls, limit: 100 })).toEqual({ status: "missing", urls });
    expect(await fetcher.exists(urls[0] ?? "")).toBe(false);
    expect(await fetcher.exists(url)).toBe(true);
  });

  it("is taken up to the limit and not beyond, however large the file says that it is", async () => {
    const { path, url } = source("x".repeat(100));
    const fetcher = fetcherWith();
    expect(await fetcher.get({ urls: [url], limit: 100 })).toMatchObject({ status: "ok" });
    expect(await failure(fetcher.get({ urls: [url], limit: 99 }))).toMatchObject({
      code: "ERR_FETCH_TOO_LARGE",
      found: "100",
    });
    truncateSync(path, 2 ** 40);
    expect(await failure(fetcher.get({ urls: [url], limit: 100 }))).toMatchObject({
      code: "ERR_FETCH_TOO_LARGE",
      found: String(2 ** 40),
    });
  });

  it("is found through symlinks, as a tree may be one", async () => {
    const { path, url } = source("x");
    const latest = join(directory(), "latest");
    symlinkSync(dirname(path), latest);
    const below = `${pathToFileURL(latest).href}/source`;
    expect(await fetcherWith().get({ urls: [below, url], limit: 1 })).toMatchObject({ url: below });
  });
});

describe("a download from a file URL", () => {
  it.each([0, 100, 900_000, 5_000_000])("copies %d bytes with their date", async (size) => {
    const wanted = file(size);
    const { path, url } = source(wanted.body);
    utimesSync(path, DATE, DATE);
    chmodSync(path, 0o600);
    let told = 0;
    const onBytes = (count: number) => {
      told += count;
    };
    const result = await fetcherWith().download(wanted.request(url, { onBytes }));
    expect(result).toMatchObject({ status: "done", url, bytes: size, lastModified: DATE });
    expect(told).toBe(size);
    expect(isDownloaded(wanted)).toBe(true);
    const [from, to] = [lstatSync(path), lstatSync(wanted.destination)];
    expect(to.ino).not.toBe(from.ino);
    expect([from.nlink, to.nlink]).toEqual([1, 1]);
    expect(to.mode & 0o777).toBe(0o644);
    expect(to.mtime).toEqual(DATE);
    expect(readdirSync(dirname(wanted.destination))).toEqual(["file.deb"]);
  });

  it("copies what a symlink shows, never the symlink", async () => {
    const wanted = file(1000);
    const { path } = source(wanted.body);
    const link = join(directory(), "link");
    symlinkSync(path, link);
    await fetcherWith().download(wanted.request(pathToFileURL(link).href));
    expect(lstatSync(wanted.destination).isFile()).toBe(true);
    appendFileSync(path, "later");
    expect(isDownloaded(wanted)).toBe(true);
  });

  it("refuses other content and other sizes, and leaves nothing behind", async () => {
    const wanted = file(2_000_000);
    const flipped = Buffer.from(wanted.body);
    flipped[1_999_999] = (flipped[1_999_999] ?? 0) ^ 1;
    const cases: [Buffer, string][] = [
      [flipped, "ERR_FETCH_DIGEST_MISMATCH"],
      [wanted.body.subarray(1), "ERR_FETCH_SIZE_MISMATCH"],
      [Buffer.concat([wanted.body, Buffer.from("x")]), "ERR_FETCH_SIZE_MISMATCH"],
    ];
    for (const [content, code] of cases) {
      const error = await failure(fetcherWith().download(wanted.request(source(content).url)));
      expect(error).toMatchObject({ code, attempts: 2 });
      expect(readdirSync(dirname(wanted.destination))).toEqual([]);
    }
  });

  it("checks every digest that is given", async () => {
    const wanted = file(10);
    const digests = { sha256: sha("sha256", wanted.body), md5: "0".repeat(32) };
    const { url } = source(wanted.body);
    const error = await failure(fetcherWith().download(wanted.request(url, { digests })));
    expect(error.code).toBe("ERR_FETCH_DIGEST_MISMATCH");
  });

  it("never reads beyond the size that is wanted", async () => {
    const wanted = file(1000);
    const { path, url } = source("");
    truncateSync(path, 2 ** 40);
    const error = await failure(fetcherWith().download(wanted.request(url)));
    expect(error).toMatchObject({ code: "ERR_FETCH_SIZE_MISMATCH", found: String(2 ** 40) });
  });

  it("is read again where the file was still being written", async () => {
    const wanted = file(6_000_000);
    const { path, url } = source(wanted.body);
    let once = true;
    const onBytes = () => {
      if (once) {
        once = false;
        truncateSync(path, 3_000_000);
        setTimeout(() => writeFileSync(path, wanted.body), 300);
      }
    };
    const fetcher = fetcherWith({ retryDelay: 600 });
    const result = await fetcher.download(wanted.request(url, { onBytes }));
    expect(result.status).toBe("done");
    expect(isDownloaded(wanted)).toBe(true);
  });

  it("may be linked elsewhere while it is read, as another mirror's files are", async () => {
    const wanted = file(6_000_000);
    const { path, url } = source(wanted.body);
    let links = 0;
    const onBytes = () => linkSync(path, `${path}-${links++}`);
    const result = await fetcherWith().download(wanted.request(url, { onBytes }));
    expect(result).toMatchObject({ status: "done", bytes: wanted.body.length });
    expect(links).toBeGreaterThan(2);
  });

  it("gives up a disk that is too slow", async () => {
    const { path, url } = source("");
    const size = 2 ** 40;
    truncateSync(path, size);
    const fetcher = fetcherWith({ minRate: 1e15, rateWindow: 50, retries: 0 });
    const error = await failure(fetcher.download(file(0).request(url, { size })));
    expect(error).toMatchObject({ code: "ERR_FETCH_STALLED", url });
  });

  it("ends when it is told to, and goes on from there the next time", async () => {
    const wanted = file(20_000_000);
    const { url } = source(wanted.body);
    const controller = new AbortController();
    let told = 0;
    const onBytes = (count: number) => {
      told += count;
      if (told > 5_000_000) controller.abort(new Error("enough"));
    };
    const { signal } = controller;
    const error = await failure(fetcherWith().download(wanted.request(url, { onBytes, signal })));
    expect(error.code).toBe("ERR_FETCH_ABORTED");
    expect(told).toBeLessThan(6_000_000);
    const result = await fetcherWith().download(wanted.request(url));
    expect(result).toMatchObject({ status: "done", bytes: 20_000_000 - told });
    expect(isDownloaded(wanted)).toBe(true);
  });

  it("begins anew where the file is another one by then", async () => {
    const wanted = file(20_000_000);
    const { path, url } = source(Buffer.alloc(20_000_000));
    const controller = new AbortController();
    const onBytes = () => controller.abort(new Error("enough"));
    const { signal } = controller;
    await failure(fetcherWith().download(wanted.request(url, { onBytes, signal })));
    writeFileSync(`${path}.new`, wanted.body);
    renameSync(`${path}.new`, path);
    const result = await fetcherWith().download(wanted.request(url));
    expect(result).toMatchObject({ status: "done", bytes: 20_000_000 });
    expect(isDownloaded(wanted)).toBe(true);
  });

  it("keeps to its places among thousands, and to those of the host limit", async () => {
    const wanted = Array.from({ length: 3000 }, () => file(10, join(directory(), "file.deb")));
    const fetcher = fetcherWith({ maxConnections: 8, hostLimit: createHostLimit(4) });
    let most = 0;
    const descriptors = setInterval(() => {
      most = Math.max(most, readdirSync("/proc/self/fd").length);
    }, 1);
    const before = readdirSync("/proc/self/fd").length;
    await Promise.all(wanted.map((one) => fetcher.download(one.request(source(one.body).url))));
    clearInterval(descriptors);
    expect(wanted.every(isDownloaded)).toBe(true);
    expect(most - before).toBeLessThan(20);
  });
});

describe("a path of a file URL", () => {
  it.each(["a+b~c", "1%3a2", "a b", "a#b?c", "ü", "a\\b", "%2e%2e", "x@y", "a:b", "C|", "%"])(
    "is that of the file named %s",
    async (name) => {
      const { path } = source("x", name);
      const url = `file://${encodePath(path)}`;
      const fetcher = fetcherWith();
      expect(await fetcher.get({ urls: [url], limit: 1 })).toMatchObject({ status: "ok" });
      expect(await fetcher.exists(`${url}-`)).toBe(false);
    },
  );

  it.each([
    "file:relative",
    "file:./relative",
    "file://relative/x",
    "file://me:secret@host/x",
    "file:///a%2fb",
    "file:///a%00b",
    "file:///a%ff",
    "file:///a?query",
    "file:///a#fragment",
  ])("is a TypeError: %s", async (url) => {
    const told = await fetcherWith()
      .get({ urls: [url], limit: 1 })
      .catch((error: unknown) => error);
    expect(told).toBeInstanceOf(TypeError);
    expect(String(told)).not.toContain("secret");
  });
});

describe("what is no regular file", () => {
  const place = (make: (path: string) => void) => {
    const path = join(directory(), "odd");
    make(path);
    return pathToFileURL(path).href;
  };
  it.each<[string, () => string]>([
    ["a directory", () => place((path) => mkdirSync(path))],
    ["a pipe without a writer", () => place((path) => execFileSync("mkfifo", [path]))],
    ["a device without end", () => "file:///dev/zero"],
    ["a symlink to one", () => place((path) => symlinkSync("/dev/zero", path))],
  ])("is refused at once: %s", async (_, open) => {
    const url = open();
    const fetcher = fetcherWith();
    const expected = { code: "ERR_FETCH_READ", found: "not-a-file", attempts: 1, url };
    expect(await failure(fetcher.get({ urls: [url], limit: 100 }))).toMatchObject(expected);
    expect(await failure(fetcher.download(file(10).request(url)))).toMatchObject(expected);
    expect(await failure(fetcher.exists(url))).toMatchObject(expected);
    expect(await failure(fetcher.size({ urls: [url] }))).toMatchObject(expected);
  });

  it("is refused at once: a socket", async () => {
    const path = join(directory(), "socket");
    const server = createServer().listen(path);
    const url = pathToFileURL(path).href;
    const error = await failure(fetcherWith().get({ urls: [url], limit: 100 }));
    expect(error).toMatchObject({ code: "ERR_FETCH_READ", found: "not-a-file" });
    server.close();
  });
});

describe("a file that cannot be read", () => {
  it("is an error with the system's reason, and not missing", async () => {
    const path = join(directory(), "loop");
    symlinkSync("loop", path);
    const url = pathToFileURL(path).href;
    const error = await failure(fetcherWith().get({ urls: [url], limit: 100 }));
    expect(error).toMatchObject({ code: "ERR_FETCH_READ", found: "ELOOP", path, url });
  });

  it("is one where the rights are missing", async () => {
    const { path, url } = source("secret");
    chmodSync(dirname(path), 0o755);
    // The superuser may read everything: another user tries.
    const isRoot = process.getuid?.() === 0;
    chmodSync(path, isRoot ? 0o600 : 0);
    const dist = fileURLToPath(new URL("../dist/index.js", import.meta.url));
    const script = `
      const { createFetcher } = await import(${JSON.stringify(dist)});
      const fetcher = createFetcher({ maxConnections: 1 });
      ${isRoot ? "process.setuid(65534);" : ""}
      const { code, found } = await fetcher.get({ urls: [process.argv[1]], limit: 9 }).catch((e) => e);
      console.log(JSON.stringify({ code, found }));`;
    const argv = ["--input-type=module", "-e", script, url];
    const { stdout } = spawnSync(process.execPath, argv, { encoding: "utf8" });
    expect(JSON.parse(stdout)).toEqual({ code: "ERR_FETCH_READ", found: "EACCES" });
  });

  it("is asked of the next URL", async () => {
    const wanted = file(1000);
    const loop = join(directory(), "loop");
    symlinkSync("loop", loop);
    const { url } = source(wanted.body);
    const result = await fetcherWith().download(wanted.request([pathToFileURL(loop).href, url]));
    expect(result).toMatchObject({ status: "done", url });
  });
});

describe("a disk and a server together", () => {
  it("each deliver what the other lacks, or has with other content", async () => {
    const wanted = file(300_000);
    const served = await serverOf((seen) =>
      seen.target === "/right"
        ? reply(seen, { body: wanted.body })
        : reply(seen, { status: seen.target === "/lacks" ? 404 : 500 }),
    );
    const right = source(wanted.body).url;
    const wrong = source(Buffer.alloc(300_000)).url;
    const cases: [string[], string][] = [
      [[`${right}-not`, `${served.url}right`], `${served.url}right`],
      [[wrong, `${served.url}right`], `${served.url}right`],
      [[`${served.url}lacks`, right], right],
      [[`${served.url}fails`, wrong, right], right],
    ];
    for (const [urls, url] of cases) {
      // One place in all: a request that waits must not hold it.
      const fetcher = fetcherWith({ maxConnections: 1, hostLimit: createHostLimit(1), retries: 1 });
      const destinations = [wanted.destination, `${wanted.destination}-2`];
      const requests = destinations.map((destination) => wanted.request(urls, { destination }));
      const results = await Promise.all(requests.map((request) => fetcher.download(request)));
      expect(results).toMatchObject([
        { status: "done", url },
        { status: "done", url },
      ]);
    }
  });

  it("go on with what came of the one by asking the other for all of it", async () => {
    const wanted = file(3_000_000);
    const served = await serverOf((seen) => {
      seen.socket.write(`HTTP/1.1 200 OK\r\netag: "1"\r\ncontent-length: 3000000\r\n\r\n`);
      seen.socket.end(wanted.body.subarray(0, 2_000_000));
    });
    const { url } = source(wanted.body);
    const fetcher = fetcherWith({ retries: 0 });
    const result = await fetcher.download(wanted.request([served.url, url]));
    expect(result).toMatchObject({ status: "done", url });
    expect(isDownloaded(wanted)).toBe(true);
    expect(existsSync(`${wanted.destination}.part`)).toBe(false);
  });

  it("are told apart: a server's redirect never leads to a file", async () => {
    const { url } = source("Origin: x\n");
    const served = await serverOf((seen) =>
      reply(seen, { status: 302, headers: { location: url } }),
    );
    const fetcher = fetcherWith();
    for (const asked of [
      fetcher.get({ urls: [served.url], limit: 100 }),
      fetcher.exists(served.url),
      fetcher.size({ urls: [served.url] }),
    ]) {
      expect((await failure(asked)).code).toBe("ERR_FETCH_REDIRECT");
    }
  });
});
