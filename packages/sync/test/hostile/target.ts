import { existsSync } from "node:fs";
import { join } from "node:path";
import { createFetcher, type FetcherOptions } from "@mirror/fetch";
import { type Collection, openStore } from "@mirror/snapshot";
import { fingerprintTree, judgeMirror } from "@mirror/testkit";
import { readKeyring } from "@mirror/verify";
import { expect } from "vitest";
import {
  createUnpacker,
  type FreeSpace,
  type MirrorSpec,
  type SyncEvent,
  type SyncReport,
  sync,
} from "../../src/index.js";

/** What a {@link Target} begins with; all of it can be changed between two runs. */
export interface TargetOptions {
  /** The store; need not exist, its parent must. */
  readonly dir: string;
  readonly urls: readonly string[];
  readonly keyring: Uint8Array;
  readonly spec?: Partial<MirrorSpec>;
  readonly fetcher?: Partial<FetcherOptions>;
}

/** Patience for servers that never get better: a test must not wait as an operator would. */
const HASTY: Partial<FetcherOptions> = {
  retries: 1,
  retryDelay: 10,
  stallTimeout: 500,
  connectTimeout: 2000,
  giveUpAfter: 3000,
};

/** One mirror of an upstream that is up to no good. */
export class Target {
  readonly dir: string;
  readonly collection: Collection;
  readonly events: SyncEvent[] = [];
  urls: readonly string[];
  keyring: Uint8Array;
  spec: Partial<MirrorSpec>;
  free: FreeSpace = {
    bytes: Number.POSITIVE_INFINITY,
    inodes: Number.POSITIVE_INFINITY,
    reserve: 0,
    claimed: { bytes: 0, inodes: 0 },
  };
  /** The engine's clock. */
  now: () => Date = () => new Date();
  readonly #fetcherOptions: FetcherOptions;

  constructor(options: TargetOptions) {
    this.dir = options.dir;
    this.urls = options.urls;
    this.keyring = options.keyring;
    this.spec = options.spec ?? {};
    this.collection = openStore({ dir: options.dir }).collection("m");
    this.#fetcherOptions = { maxConnections: 10, ...HASTY, ...options.fetcher };
  }

  get latest(): string {
    return join(this.dir, "m/latest");
  }

  get fullSpec(): MirrorSpec {
    const bytes = this.keyring;
    return {
      id: "m",
      urls: this.urls,
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
      sources: false,
      indices: { translations: "all", contents: true, commands: true, dep11: true },
      byHash: "auto",
      ignoreMissing: [],
      trust: {
        check: true,
        keyring: () => readKeyring([{ name: "archive.gpg", bytes, named: true }]),
        keyringDigest: String(bytes.length),
        fingerprints: [],
      },
      freshness: {
        checkValidUntil: true,
        allowRollback: false,
        allowReleaseInfoChange: false,
        maxFuture: 10_000,
      },
      ...this.spec,
    };
  }

  /** As the CLI does it: under the lock. */
  async sync(signal?: AbortSignal): Promise<SyncReport> {
    const { collection, events } = this;
    // One for each run: it remembers which hosts are down.
    const fetcher = createFetcher(this.#fetcherOptions);
    const lock = await collection.lock("sync", { command: "test", since: this.now() });
    try {
      return await sync(
        this.fullSpec,
        {
          fetcher,
          collection,
          unpacker: createUnpacker(),
          now: this.now,
          freeSpace: async () => this.free,
          onEvent: (event) => events.push(event),
        },
        { links: { reserved: ["staging", "current"] }, ...(signal ? { signal } : {}) },
      );
    } finally {
      lock.release();
      await fetcher.close();
    }
  }

  /** Every published path with its type, mode, inode, time, size and content. */
  async published(): Promise<[string, string][]> {
    if (!existsSync(this.dir)) return [];
    const entries = [...(await fingerprintTree(this.dir, { content: true }))];
    return entries.filter(([path]) => !INTERNAL.test(path));
  }

  /** What the oracle finds wrong with what is published. */
  async judge(keyring: Uint8Array = this.keyring): Promise<readonly string[]> {
    const { suites, components, architectures, sources } = this.fullSpec;
    const options = { keyring, suites, components, architectures, sources };
    return (await judgeMirror(this.latest, options)).violations;
  }

  /** Syncs, which must end with this code, leave everything published as it was, and say so in one printable line. */
  async refuses(code: string | RegExp): Promise<Error> {
    const before = await this.published();
    const outcome = await this.sync().catch((error: unknown) => error);
    expect(codeOf(outcome)).toMatch(typeof code === "string" ? new RegExp(`^${code}$`) : code);
    expect(await this.published()).toEqual(before);
    const error = outcome as Error;
    expect(error.message).not.toMatch(/\p{Cc}|undefined|\[object/u);
    return error;
  }

  /** Syncs, which must publish a tree that the oracle finds complete and authentic. */
  async accepts(): Promise<SyncReport> {
    const report = await this.sync();
    expect(await this.judge()).toEqual([]);
    return report;
  }
}

/** What may change without anything published changing. */
const INTERNAL =
  /^(\.?|m|\.mirrorctl(\/(state|locks|partial|trees)(\/m)?)?|\.mirrorctl\/(state|locks|partial)\/.*)$/;

/** The code of an error of any package; other outcomes told apart by what they are. */
export function codeOf(outcome: unknown): string {
  if (outcome instanceof Error) {
    const { code } = outcome as { code?: unknown };
    return typeof code === "string" ? code : `an error without a code: ${outcome.stack}`;
  }
  return `no error but ${JSON.stringify(outcome)}`;
}
