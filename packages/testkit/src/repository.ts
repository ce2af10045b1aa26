import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Compression, compress, hasCompression } from "./compression.js";
import type { TestKey } from "./key.js";
import { ALGORITHMS, hashLists, releaseText } from "./release-text.js";
import {
  changeSuite,
  type RepositoryChanges,
  type RepositorySpec,
  type SuiteSpec,
  suiteDirectory,
} from "./repository-spec.js";
import { clearsign, detachSign, type SignOptions } from "./sign.js";
import { suiteIndices } from "./suite-indices.js";

/** A repository on disk; its files are plain files, to be tampered with at will. */
export interface TestRepository {
  /** The root, absolute. */
  readonly directory: string;
  readonly keys: readonly TestKey[];
  /** The suites as they were published last. */
  readonly suites: readonly SuiteSpec[];
  /** The Date of the last publication. */
  readonly date: Date;
  /** An absolute path below the root. */
  path(...segments: readonly string[]): string;
  /** An absolute path below a suite's directory, e.g. `suitePath("stable", "InRelease")`. */
  suitePath(suite: string, ...segments: readonly string[]): string;
  /** Paths below the root of every pool file that is published, sorted. */
  poolFiles(): string[];
  /** Publishes anew: pool first, Release files last, each file renamed into place; by-hash files of before stay, pool files that no suite lists any more go, and tampered ones are mended. */
  publish(changes?: RepositoryChanges): Promise<void>;
  /** Rewrites a suite's Release files, signed by its keys, with what a function makes of the text that is there: for signed lies. */
  rewriteRelease(suite: string, rewrite: (text: string) => string): Promise<void>;
}

const RELEASE_FORMS = ["InRelease", "Release", "Release.gpg"] as const;
const DEFAULT_COMPRESSIONS: readonly Compression[] = ["", "gz", "xz"];

/**
 * Makes a signed repository (`dists/` and `pool/`, or flat ones) below a directory, as apt reads it. Two suites may list the same pool file.
 * Unless told otherwise its Date lies one hour back.
 *
 * @throws TestkitError `ERR_TESTKIT_MISSING_TOOL` when a suite asks by name for a compression that this machine lacks
 * @example
 * ```ts
 * const key = await createKey();
 * const repository = await createRepository(directory, {
 *   key,
 *   suites: [{ suite: "stable", packages: [{ package: "hello", version: "1.0" }] }],
 * });
 * await repository.publish({ suites: { stable: { add: [{ package: "hello", version: "1.1" }] } } });
 * ```
 */
export async function createRepository(
  directory: string,
  spec: RepositorySpec,
): Promise<TestRepository> {
  const keys = spec.keys ?? (spec.key === undefined ? [] : [spec.key]);
  const poolOf = new Map<string, readonly string[]>();
  const texts = new Map<string, string>();
  const indicesOf = new Map<string, readonly string[]>();
  let suites = spec.suites;
  let lastDate = new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000);

  const publishSuite = async (suite: SuiteSpec, date: Date): Promise<void> => {
    const root = join(directory, suiteDirectory(suite.suite));
    const { plain, gzipOnly, plainOnly, pool } = await suiteIndices(suite);
    for (const [path, bytes] of pool) {
      await writeInto(join(directory, path), bytes, date);
    }
    poolOf.set(suite.suite, [...pool.keys()]);

    const present = new Map<string, Uint8Array>();
    const listed = new Map<string, Uint8Array>();
    const compressions = compressionsOf(suite);
    for (const [path, bytes] of plain) {
      const forms = gzipOnly.has(path)
        ? ["gz" as const]
        : plainOnly.has(path)
          ? ["" as const]
          : compressions;
      for (const form of forms) {
        const packed = await compress(bytes, form);
        present.set(form === "" ? path : `${path}.${form}`, packed);
      }
      if (suite.listPlain !== false) {
        listed.set(path, bytes);
      }
    }
    for (const [path, bytes] of Object.entries(suite.verbatim ?? {})) {
      present.set(path, Buffer.from(bytes));
    }
    for (const [path, bytes] of present) {
      listed.set(path, bytes);
      await writeInto(join(root, path), bytes, date);
      if (suite.byHash !== false) {
        for (const list of hashLists(suite)) {
          const hash = createHash(ALGORITHMS[list]).update(bytes).digest("hex");
          await writeInto(join(root, dirname(path), "by-hash", list, hash), bytes, date);
        }
      }
    }
    for (const path of indicesOf.get(suite.suite) ?? []) {
      if (!present.has(path)) {
        await rm(join(root, path), { force: true });
      }
    }
    indicesOf.set(suite.suite, [...present.keys()]);
    const text = releaseText(suite, date, listed);
    texts.set(suite.suite, text);
    await writeRelease(root, suite, suite.keys ?? keys, date, text);
  };

  const publish = async (changes: RepositoryChanges, first: boolean): Promise<void> => {
    const changed = Object.keys(changes.suites ?? {});
    const unknown = changed.find((name) => !suites.some((suite) => suite.suite === name));
    if (unknown !== undefined) {
      throw new TypeError(`publish: the repository has no suite "${unknown}"`);
    }
    suites = suites.map((suite) => changeSuite(suite, changes.suites?.[suite.suite] ?? {}));
    const before = new Set([...poolOf.values()].flat());
    const next = first ? lastDate : new Date(lastDate.getTime() + 1000);
    const dates: number[] = [];
    for (const suite of suites) {
      if (changes.suites !== undefined && !changed.includes(suite.suite)) {
        continue;
      }
      const own = first ? suite.date : changes.suites?.[suite.suite]?.date;
      const date = own ?? changes.date ?? next;
      dates.push(date.getTime());
      await publishSuite(suite, date);
    }
    lastDate = dates.length === 0 ? lastDate : new Date(Math.max(...dates));
    const now = new Set([...poolOf.values()].flat());
    for (const path of before) {
      if (!now.has(path)) {
        await rm(join(directory, path), { force: true });
      }
    }
  };

  await publish({}, true);
  return {
    directory,
    keys,
    get suites() {
      return suites;
    },
    get date() {
      return lastDate;
    },
    path: (...segments) => join(directory, ...segments),
    suitePath: (suite, ...segments) => join(directory, suiteDirectory(suite), ...segments),
    poolFiles: () => [...new Set([...poolOf.values()].flat())].sort(),
    publish: (changes = {}) => publish(changes, false),
    async rewriteRelease(name, rewrite) {
      const suite = suites.find((candidate) => candidate.suite === name);
      const text = texts.get(name);
      if (suite === undefined || text === undefined) {
        throw new TypeError(`rewriteRelease: the repository has no suite "${name}"`);
      }
      const rewritten = rewrite(text);
      texts.set(name, rewritten);
      const root = join(directory, suiteDirectory(name));
      lastDate = new Date(lastDate.getTime() + 1000);
      await writeRelease(root, suite, suite.keys ?? keys, lastDate, rewritten);
    },
  };
}

async function writeRelease(
  root: string,
  suite: SuiteSpec,
  keys: readonly TestKey[],
  date: Date,
  text: string,
): Promise<void> {
  const forms = suite.forms ?? RELEASE_FORMS;
  const options: SignOptions = {
    ...(suite.signedAt === undefined ? {} : { date: suite.signedAt }),
    ...(suite.signatureHash === undefined ? {} : { hash: suite.signatureHash }),
  };
  const armor = suite.binarySignature !== true;
  const contents = {
    Release: async () => Buffer.from(text),
    "Release.gpg": () => detachSign(text, keys, { ...options, armor }),
    InRelease: async () => Buffer.from(await clearsign(text, keys, options)),
  };
  for (const form of ["Release", "Release.gpg", "InRelease"] as const) {
    const path = join(root, form);
    if (forms.includes(form) && (keys.length > 0 || form === "Release")) {
      await writeInto(path, await contents[form](), date);
    } else {
      await rm(path, { force: true });
    }
  }
}

function compressionsOf(suite: SuiteSpec): readonly Compression[] {
  return suite.compressions ?? DEFAULT_COMPRESSIONS.filter(hasCompression);
}

async function writeInto(path: string, bytes: Uint8Array, date: Date): Promise<void> {
  const there = await readFile(path).catch(() => undefined);
  if (there?.equals(bytes)) {
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, bytes, { mode: 0o644 });
  await utimes(temporary, date, date);
  await rename(temporary, path);
}
