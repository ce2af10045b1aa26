import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import {
  createKey,
  createRepository,
  describeNeeds,
  type Fault,
  type FaultMatcher,
  runTool,
  type SuiteSpec,
  serve,
  type TemporaryDirectory,
  type TestKey,
  type TestRepository,
  type TestServer,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const MIB = 1 << 20;
/** What any upstream may make a sync take. */
const MOST = 400 * MIB;
const GIGABYTES = 3 * 1024 * MIB;
const PACKAGES = "main/binary-amd64/Packages";

let directory: TemporaryDirectory;
let key: TestKey;
let server: TestServer;
let cases = 0;

interface Measured {
  readonly outcome: string;
  readonly ms: number;
  /** Bytes, of the process and all that it started. */
  readonly peak: number;
}

async function upstream(suite: Partial<SuiteSpec>): Promise<TestRepository & { url: string }> {
  cases += 1;
  const root = join(directory.path, `upstream${cases}`);
  const all = {
    suite: "stable",
    byHash: false,
    hashes: ["SHA256" as const],
    forms: ["InRelease" as const],
    ...suite,
  };
  const repository = await createRepository(root, { key, suites: [all] });
  return Object.assign(repository, { url: `${server.url}upstream${cases}/` });
}

/** Peaks of the processes that one started: their high-water marks as the kernel keeps them. */
function peakOfChildren(pid: number, peaks: Map<string, number>): void {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    for (const child of children.split(" ").filter(Boolean)) {
      const status = readFileSync(`/proc/${child}/status`, "utf8");
      const peak = Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
      peaks.set(child, Math.max(peaks.get(child) ?? 0, peak));
    }
  } catch {
    // It has ended meanwhile.
  }
}

/** One sync of a new mirror, in a process of its own. */
async function measure(url: string): Promise<Measured> {
  const dir = join(directory.path, `store${Math.random()}`);
  const script = fileURLToPath(new URL("bounded-sync.mjs", import.meta.url));
  const options = JSON.stringify({ dir, url, keyring: join(directory.path, "archive.gpg") });
  const child = spawn(process.execPath, [script, options], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 50_000,
    killSignal: "SIGKILL",
  });
  const peaks = new Map<string, number>();
  const timer = setInterval(() => peakOfChildren(child.pid ?? 0, peaks), 20);
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  await once(child, "close");
  clearInterval(timer);
  const measured = JSON.parse(text) as Measured;
  const largest = Math.max(0, ...peaks.values());
  return { ...measured, peak: measured.peak + largest };
}

/** 3 GB that are `unit` again and again, as gzip members of 8 MiB. */
function gzipBomb(unit: string): Buffer {
  const member = gzipSync(Buffer.alloc(8 * MIB, unit));
  return Buffer.concat(Array(GIGABYTES / (8 * MIB)).fill(member));
}

/** The same as xz streams of 32 MiB. */
async function xzBomb(unit: string): Promise<Buffer> {
  const { stdout } = await runTool("xz", ["-0", "-c"], { input: Buffer.alloc(32 * MIB, unit) });
  return Buffer.concat(Array(GIGABYTES / (32 * MIB)).fill(stdout));
}

function stanzas(from: number, to: number): string {
  const hash = createHash("sha256").update("x").digest("hex");
  let text = "";
  for (let n = from; n < to; n++) {
    text += `Package: p${n}\nVersion: 1\nArchitecture: amd64\nFilename: pool/p${n}.deb\nSize: 1\nSHA256: ${hash}\n\n`;
  }
  return text;
}

async function expectBounded(
  url: string,
  outcome: RegExp,
  { ms = 20_000, peak = MOST } = {},
): Promise<void> {
  const measured = await measure(url);
  expect(measured.outcome).toMatch(outcome);
  expect(measured.peak).toBeLessThan(peak);
  expect(measured.ms).toBeLessThan(ms);
}

beforeAll(async () => {
  directory = await temporaryDirectory("hostile-");
  key = await createKey();
  writeFileSync(join(directory.path, "archive.gpg"), key.binaryPublic);
  server = await serve(directory.path);
});
afterAll(async () => {
  await server?.close();
  await directory?.remove();
});

describe("3 MB that unpack to 3 GB", () => {
  it("stop at the size that the Release lists", async () => {
    const verbatim = { [`${PACKAGES}.gz`]: gzipBomb("\n") };
    const { url } = await upstream({ compressions: [], verbatim });
    await expectBounded(url, /^ERR_SYNC_BAD_INDEX$/, { ms: 10_000 });
  });

  it("stop at a limit of their own where the Release lists no size", async () => {
    const verbatim = { [`${PACKAGES}.gz`]: gzipBomb("\n") };
    const { url } = await upstream({ compressions: [], verbatim, listPlain: false });
    await expectBounded(url, /^ERR_SYNC_BAD_INDEX$/);
  });

  it("stop where one line or one field gets too long", async () => {
    for (const unit of ["\0", "x", "A: b\n c\n"]) {
      const verbatim = { [`${PACKAGES}.gz`]: gzipBomb(unit) };
      const { url } = await upstream({ compressions: [], verbatim, listPlain: false });
      await expectBounded(url, /^ERR_SYNC_BAD_INDEX$/, { ms: 10_000 });
    }
  });

  it("stop too in an index that is only mirrored", async () => {
    const verbatim = { "main/i18n/Translation-en.gz": gzipBomb("\n") };
    const { url } = await upstream({
      packages: [],
      indices: { "main/i18n/Translation-en": "x\n" },
      compressions: ["", "gz"],
      verbatim,
    });
    await expectBounded(url, /^ERR_SYNC_BAD_INDEX$/, { ms: 10_000 });
  });

  describeNeeds(describe, ["xz"], "by xz", () => {
    it("stop as well", async () => {
      const verbatim = { [`${PACKAGES}.xz`]: await xzBomb("\n") };
      for (const listPlain of [true, false]) {
        const { url } = await upstream({ compressions: [], verbatim, listPlain });
        await expectBounded(url, /^ERR_SYNC_BAD_INDEX$/);
      }
    });
  });
});

describe("content without end", () => {
  it.each([
    ["InRelease", "InRelease", { kind: "flood" }, /^ERR_FETCH_TOO_LARGE$/],
    ["an index", /Packages/, { kind: "flood" }, /^ERR_(FETCH_SIZE_MISMATCH|SYNC_FILES_FAILED)$/],
    ["a package", /\.deb$/, { kind: "flood" }, /^ERR_FETCH_SIZE_MISMATCH$/],
    [
      "InRelease of 4 TB",
      "InRelease",
      { kind: "length", contentLength: 4e12 },
      /^ERR_FETCH_TOO_LARGE$/,
    ],
    [
      "an index of 4 TB",
      /Packages/,
      { kind: "length", contentLength: 4e12 },
      /^ERR_(FETCH_SIZE_MISMATCH|SYNC_FILES_FAILED)$/,
    ],
    [
      "a package of 4 TB",
      /\.deb$/,
      { kind: "length", contentLength: 4e12 },
      /^ERR_FETCH_SIZE_MISMATCH$/,
    ],
  ] satisfies [string, FaultMatcher, Fault, RegExp][])(
    "is cut off: %s",
    async (_name, matcher, fault, outcome) => {
      const { url } = await upstream({ packages: [{ package: "hello", version: "1" }] });
      server.fault(matcher, fault);
      await expectBounded(url, outcome, { ms: 10_000, peak: 200 * MIB });
      server.clear();
    },
  );
});

describe("sizes that are signed and cannot be", () => {
  it.each([
    ["8 EiB", "9223372036854775808", /^ERR_SYNC_BAD_INDEX$/],
    ["2^53 - 1", "9007199254740991", /^ERR_FETCH_SIZE_MISMATCH$/],
    ["-1", "-1", /^ERR_SYNC_BAD_INDEX$/],
    ["1e3", "1e3", /^ERR_SYNC_BAD_INDEX$/],
  ])("are no reason to take memory or space: %s", async (_name, size, outcome) => {
    const packages = [{ package: "hello", version: "1", entry: { Size: size } }];
    const { url } = await upstream({ packages });
    await expectBounded(url, outcome, { ms: 10_000, peak: 200 * MIB });
  });

  it("are refused in a Release as well", async () => {
    const repository = await upstream({ packages: [] });
    await repository.rewriteRelease("stable", (text) =>
      text.replace(/ 0 main/g, " 9223372036854775808 main"),
    );
    await expectBounded(repository.url, /^ERR_SYNC_BAD_RELEASE$/, { ms: 10_000, peak: 200 * MIB });
  });
});

describe("very many entries", () => {
  it("of a Release that nobody wants cost little", async () => {
    const lines = Array.from({ length: 150_000 }, (_, n) => ` ${"0".repeat(32)} 1 x/${n}`);
    const repository = await upstream({ packages: [], hashes: ["SHA256"], compressions: [""] });
    await repository.rewriteRelease("stable", (text) => `${text}MD5Sum:\n${lines.join("\n")}\n`);
    await expectBounded(repository.url, /^changed$/, { peak: 300 * MIB });
  });

  it("of a Release of more than 10 MB are not read", async () => {
    const lines = Array.from({ length: 150_000 }, (_, n) => ` ${"0".repeat(64)} 1 main/${n}`);
    const repository = await upstream({ packages: [], hashes: ["SHA256"], compressions: [""] });
    await repository.rewriteRelease("stable", (text) => `${text}${lines.join("\n")}\n`);
    await expectBounded(repository.url, /^ERR_FETCH_TOO_LARGE$/, { peak: 300 * MIB });
  });

  it("of one package cost no memory", async () => {
    const member = gzipSync(stanzas(0, 1).repeat(100_000));
    const gz = Buffer.concat(Array(10).fill(member));
    const repository = await upstream({
      packages: [],
      compressions: [],
      verbatim: { [`${PACKAGES}.gz`]: gz },
      listPlain: false,
    });
    mkdirSync(repository.path("pool"));
    writeFileSync(repository.path("pool/p0.deb"), "x");
    await expectBounded(repository.url, /^changed$/, { ms: 40_000 });
  });

  it("of different packages that upstream lacks are told by their number", async () => {
    const parts = Array.from({ length: 10 }, (_, n) => stanzas(n * 20_000, (n + 1) * 20_000));
    const verbatim = { [`${PACKAGES}.gz`]: gzipSync(parts.join(""), { level: 1 }) };
    const { url } = await upstream({ packages: [], compressions: [], verbatim, listPlain: false });
    await expectBounded(url, /^ERR_SYNC_FILES_FAILED$/, { ms: 40_000 });
  });
});
