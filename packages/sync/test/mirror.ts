import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFetcher, type FetcherOptions } from "@mirror/fetch";
import { type Collection, openStore } from "@mirror/snapshot";
import {
  createRepository,
  type RepositorySpec,
  serve,
  type TestKey,
  type TestRepository,
  type TestServer,
} from "@mirror/testkit";
import { readKeyring } from "@mirror/verify";
import {
  createPacker,
  createUnpacker,
  type DryRunOptions,
  type DryRunReport,
  dryRun,
  type Elsewhere,
  type FreeSpace,
  type MirrorSpec,
  type Packer,
  type SyncEvent,
  type SyncOptions,
  type SyncPorts,
  type SyncReport,
  sync,
} from "../src/index.js";

/** Pointers to come, which no link beside `latest` gets. */
const POINTERS = ["staging", "current"];

/** An upstream on loopback, a store beside it, and a mirror of the one in the other. */
export interface Mirror {
  readonly repository: TestRepository;
  readonly server: TestServer;
  readonly dir: string;
  readonly collection: Collection;
  readonly events: SyncEvent[];
  /** Told of each event as it happens. */
  listen(event: SyncEvent): void;
  /** How far the engine's clock is ahead, in ms. */
  later: number;
  /** What compresses. */
  packer: Packer;
  /** What the store's file system has left. */
  free: FreeSpace;
  /** Where contents may be besides in the tree that `latest` shows. */
  elsewhere: Elsewhere | undefined;
  /** Changes to the specification from now on. */
  spec: Partial<MirrorSpec>;
  fullSpec(): MirrorSpec;
  /** As the CLI does it: under the lock. */
  sync(options?: Omit<SyncOptions, "command" | "links">): Promise<SyncReport>;
  dryRun(options?: Omit<DryRunOptions, "scratch">): Promise<DryRunReport>;
  close(): Promise<void>;
}

export async function openMirror(
  key: TestKey,
  suites: RepositorySpec["suites"],
  spec: Partial<MirrorSpec> = {},
  fetcherOptions: Partial<FetcherOptions> = {},
  place: { readonly dir?: string; readonly id?: string } = {},
): Promise<Mirror> {
  const root = mkdtempSync(join(tmpdir(), "mirror-sync-"));
  const { dir = join(root, "store"), id = "m" } = place;
  const repository = await createRepository(join(root, "upstream"), { keys: [key], suites });
  const server = await serve(repository.directory);
  const collection = openStore({ dir }).collection(id);
  const fetcher = createFetcher({ maxConnections: 10, retries: 1, ...fetcherOptions });
  const keyring = () => readKeyring([{ name: "test.gpg", bytes: key.binaryPublic, named: true }]);
  const events: SyncEvent[] = [];
  const mirror: Mirror = {
    repository,
    server,
    dir,
    collection,
    events,
    listen() {},
    later: 0,
    packer: createPacker(),
    free: { bytes: Number.POSITIVE_INFINITY, inodes: Number.POSITIVE_INFINITY },
    elsewhere: undefined,
    spec,
    fullSpec: () => ({
      id,
      urls: [server.url],
      suites: suites.map(({ suite }) => suite),
      components: ["main"],
      architectures: ["amd64"],
      sources: false,
      indices: { translations: "all", contents: true, commands: true, dep11: true },
      byHash: "auto",
      ignoreMissing: [],
      trust: { check: true, keyring, keyringDigest: key.fingerprint, fingerprints: [] },
      freshness: {
        checkValidUntil: true,
        allowRollback: false,
        allowReleaseInfoChange: false,
        maxFuture: 10_000,
      },
      ...mirror.spec,
    }),
    async sync(options = {}) {
      const lock = await collection.lock("sync", { command: "sync", since: new Date() });
      try {
        return await sync(mirror.fullSpec(), ports(), {
          links: { reserved: POINTERS },
          ...options,
        });
      } finally {
        lock.release();
      }
    },
    async dryRun(options = {}) {
      const scratch = mkdtempSync(join(root, "scratch-"));
      return dryRun(mirror.fullSpec(), ports(), { scratch, ...options });
    },
    async close() {
      await fetcher.close();
      await server.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
  const ports = (): SyncPorts => ({
    fetcher,
    collection,
    unpacker: createUnpacker(),
    packer: mirror.packer,
    now: () => new Date(Date.now() + mirror.later),
    freeSpace: async () => mirror.free,
    ...(mirror.elsewhere ? { elsewhere: mirror.elsewhere } : {}),
    onEvent: (event) => {
      events.push(event);
      mirror.listen(event);
    },
  });
  return mirror;
}
