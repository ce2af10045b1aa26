import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { FetcherOptions } from "@mirror/fetch";
import {
  createCertificate,
  createKey,
  createRepository,
  describeNeeds,
  serve,
  type TemporaryDirectory,
  type TestKey,
  type TestRepository,
  type TestServer,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Target } from "./target.js";
import {
  BIG,
  DEB,
  FAILING,
  INDEX,
  type Place,
  passing,
  type TransportCase,
} from "./transport-cases.js";

/** Bytes that may be on the way when a connection is closed: pieces of the server, buffers of the kernel. */
const ON_THE_WAY = 16 << 20;
const HASTY: Partial<FetcherOptions> = {
  retries: 1,
  retryDelay: 5,
  stallTimeout: 250,
  rateWindow: 400,
  giveUpAfter: 1500,
};

let directory: TemporaryDirectory;
let key: TestKey;
let repository: TestRepository;
let server: TestServer;
let second: TestServer;
let place: Place;
/** A mirror of the repository as it was before. */
let warm: Target;
let stores = 0;

function cold(options: Partial<FetcherOptions> = {}, urls = [server.url]): Target {
  stores += 1;
  const dir = join(directory.path, `store${stores}`);
  return new Target({ dir, urls, keyring: key.binaryPublic, fetcher: { ...HASTY, ...options } });
}

function inject(faults: TransportCase["faults"]): void {
  for (const [matcher, fault, when] of faults) {
    server.fault(matcher, typeof fault === "function" ? fault(place) : fault, when);
  }
}

/** What earlier cases fetched would spare this one its faults. */
function forgetDownloads({ collection }: Target): void {
  rmSync(collection.paths.partial, { recursive: true, force: true });
}

/** No file is asked for more often than this, and no more is taken of it than that explains. */
function expectBounded(most: number): void {
  const asked = new Map<string, { times: number; bytes: number }>();
  for (const { file, sentBytes } of server.requests) {
    const { times, bytes } = asked.get(file) ?? { times: 0, bytes: 0 };
    asked.set(file, { times: times + 1, bytes: bytes + sentBytes });
  }
  asked.delete("loop");
  for (const [file, { times, bytes }] of asked) {
    expect(times, file).toBeLessThanOrEqual(most);
    expect(bytes, file).toBeLessThan(times * ON_THE_WAY);
  }
}

beforeAll(async () => {
  directory = await temporaryDirectory("hostile-");
  key = await createKey();
  const noise = Buffer.alloc(300_000);
  for (let at = 0; at < noise.length; at += 4) noise.writeUInt32LE((at * 2654435761) >>> 0, at);
  const big = (version: string) => ({ package: "big", version, files: { "usr/share/big": noise } });
  mkdirSync(join(directory.path, "upstream"));
  repository = await createRepository(join(directory.path, "upstream"), {
    key,
    suites: [
      {
        suite: "stable",
        compressions: ["", "gz"],
        packages: [{ package: "hello", version: "1" }, big("1")],
      },
    ],
  });
  [server, second] = await Promise.all([serve(repository.directory), serve(repository.directory)]);
  warm = cold();
  await warm.accepts();
  await repository.publish({
    suites: { stable: { add: [big("2"), { package: "a", version: "1" }] } },
  });
  const closed = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => closed.once("listening", resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  place = { here: server.url, elsewhere: second.url, nowhere: `http://127.0.0.1:${port}/` };
  server.fault("loop", { kind: "redirect", location: `${server.url}loop` });
});
afterEach(() => {
  server.clear();
  second.clear();
  server.fault("loop", { kind: "redirect", location: `${server.url}loop` });
});
afterAll(async () => {
  await Promise.all([server?.close(), second?.close()]);
  await directory?.remove();
});

describe("a server that goes wrong for ever", () => {
  it.each(FAILING)(
    "leaves a cold and a warm mirror as they were: $name",
    async ({ faults, code }) => {
      forgetDownloads(warm);
      inject(faults);
      const started = performance.now();
      await Promise.all([cold(), warm].map((target) => target.refuses(code ?? /^never$/)));
      expect(performance.now() - started).toBeLessThan(20_000);
      // Two attempts by each, and one more where a kept connection had ended.
      expectBounded(6);
    },
  );

  it("that refuses connections", async () => {
    for (const target of [cold({}, [place.nowhere]), warm]) {
      target.urls = [place.nowhere];
      await target.refuses("ERR_FETCH_CONNECT");
      target.urls = [server.url];
    }
  });

  it("whose name does not resolve", async () => {
    warm.urls = ["http://mirror.invalid/"];
    await warm.refuses(/^ERR_FETCH_(DNS|CONNECT)$/);
    warm.urls = [server.url];
  });

  it("takes from an endless file no more than its limit and a few pieces", async () => {
    for (const [matcher, limit] of [
      ["InRelease", 10_000_000],
      [BIG, 310_000],
      [INDEX, 5000],
    ] as const) {
      const target = cold({ retries: 0 });
      server.fault(matcher, { kind: "flood", every: 1 });
      await target.refuses(/^ERR_/);
      const sent = server.requests.filter(({ status, complete }) => status === 200 && !complete);
      for (const { sentBytes } of sent) expect(sentBytes).toBeLessThan(limit + (1 << 20));
      server.clear();
    }
  });

  it("keeps what was fetched for the next run, which asks for the rest alone", async () => {
    const target = cold();
    server.fault(BIG, { kind: "status", status: 503 });
    await target.refuses("ERR_FETCH_HTTP_STATUS");
    server.clear();
    await target.accepts();
    const debs = server.requests.filter(({ file }) => DEB.test(file));
    expect(debs.map(({ file }) => file)).toEqual(["pool/main/b/big/big_2_amd64.deb"]);
  });
});

describe("a server that recovers or has its ways", () => {
  const read = (path: string) => {
    try {
      return readFileSync(join(repository.directory, path));
    } catch {
      return Buffer.alloc(0);
    }
  };

  it.each(passing(read))("gets a mirror complete: $name", async ({ faults }) => {
    const target = cold({ retries: 2 });
    inject(faults);
    const started = performance.now();
    await target.accepts();
    expect(performance.now() - started).toBeLessThan(20_000);
    expectBounded(8);
  });
});

describe("several upstreams", () => {
  it.each([
    ["refuses connections", undefined],
    ["lacks what it lists", { kind: "status", status: 404 }],
    ["breaks down", { kind: "status", status: 500 }],
    ["has other content", { kind: "content", body: (right: Buffer) => Buffer.alloc(right.length) }],
    ["stalls", { kind: "stall", in: "headers" }],
    ["redirects in a loop", { kind: "redirect", location: "/loop" }],
    ["is a captive portal", { kind: "content", body: "<html></html>" }],
  ] as const)("get a mirror complete where the first %s", async (_name, fault) => {
    const first = fault === undefined ? place.nowhere : server.url;
    const target = cold({}, [first, second.url]);
    if (fault !== undefined) server.fault(/\.deb$|Packages|by-hash|InRelease/, fault);
    await target.accepts();
  });
});

describeNeeds(describe, ["openssl"], "TLS", () => {
  it("never leaves https for http, and asks nothing there", async () => {
    const certificate = await createCertificate();
    const safe = await serve(repository.directory, { tls: certificate });
    const target = cold({ tls: { ca: { name: "ca.pem", text: certificate.cert } } }, [safe.url]);
    safe.fault(DEB, {
      kind: "redirect",
      location: `${server.url}pool/main/h/hello/hello_1_amd64.deb`,
    });
    await target.refuses(/^ERR_(FETCH_REDIRECT|SYNC_FILES_FAILED)$/);
    expect(server.requests).toEqual([]);
    safe.clear();
    await target.accepts();
    await safe.close();
  });

  it("sends nothing to a server that it does not trust", async () => {
    const safe = await serve(repository.directory, { tls: await createCertificate() });
    const other = await createCertificate();
    const target = cold({ tls: { ca: { name: "ca.pem", text: other.cert } } }, [safe.url]);
    await target.refuses("ERR_FETCH_TLS");
    expect(safe.requests).toEqual([]);
    await safe.close();
  });
});
