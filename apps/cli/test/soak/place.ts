import { type SpawnOptions, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createKey,
  createRepository,
  type PackageSpec,
  serve,
  type TestServer,
  temporaryDirectory,
} from "@mirror/testkit";
import type { Random } from "../crash/random.js";
import { canMount, openSmallDisk, type SmallDisk } from "../e2e/small-disk.js";
import type { Held } from "./flatness.js";
import { type Talk, talkTo } from "./talk.js";

/** What came of a command line. */
export interface Ran {
  readonly status: number;
  readonly code?: string;
  readonly stderr: string;
  /** Milliseconds. */
  readonly took: number;
  readonly holds: Held;
}

/** What an oracle sees of the mirror. */
export interface Look {
  readonly wrong: readonly string[];
  /** By pointer: the version of upstream that it shows; undefined for one that was never published. */
  readonly shown: Readonly<Record<string, number | undefined>>;
  readonly snapshots: number;
  /** Bytes of all that the mirror keeps besides snapshots and records, and of the tree that it shows. */
  readonly store: number;
  readonly tree: number;
}

/** Carries out command lines in a process of its own. */
export interface Resident {
  /** Undefined where it was killed. */
  run(words: readonly string[]): Promise<Ran | undefined>;
  kill(): Promise<void>;
}

/** An upstream that changes, and one mirror of it, on a small disk where one can be mounted. */
export interface Place {
  readonly server: TestServer;
  readonly disk: SmallDisk | undefined;
  /** Counts from 1; that of the newest Release. */
  version(): number;
  /** Lets upstream publish the next version; a few packages change, come or go. */
  release(): Promise<void>;
  /** Lets so many hours pass, for upstream and mirror. */
  pass(hours: number): void;
  resident(): Promise<Resident>;
  look(): Promise<Look>;
  close(): Promise<void>;
}

const RESIDENT = fileURLToPath(new URL("children/resident.mjs", import.meta.url));
const LOOK = fileURLToPath(new URL("children/look.mjs", import.meta.url));
const HOUR = 3_600_000;
/** Signatures of the future are none: the clock of the test ends before now. */
const HOURS = 24 * 365 * 3;
/** Some times what a mirror keeps; on a tmpfs each hard link takes an inode. */
const SIZE = "size=9m,nr_inodes=9000";
const PACKAGES = 80;
const PAYLOAD = 20_000;

/** Opens an upstream of 80 packages of 20 kB each. */
export async function openPlace(random: Random): Promise<Place> {
  const root = await temporaryDirectory("soak-");
  const at = (name: string) => join(root.path, name);
  let now = Date.now() - HOURS * HOUR;
  const key = await createKey({ created: new Date(now - HOUR) });
  writeFileSync(at("keyring.asc"), key.armoredPublic);

  let made = 0;
  const pack = (number: number): PackageSpec => {
    made += 1;
    return { package: `p${number}`, version: `${made}`, payload: PAYLOAD };
  };
  const dates = () => ({ date: new Date(now), signedAt: new Date(now) });
  const repository = await createRepository(at("upstream"), {
    key,
    suites: [
      {
        suite: "stable",
        packages: Array.from({ length: PACKAGES }, (_, number) => pack(number)),
        hashes: ["SHA256"],
        ...dates(),
      },
    ],
  });
  const server = await serve(repository.directory);

  const versions = new Map<string, number>();
  const know = () => {
    const text = readFileSync(repository.suitePath("stable", "InRelease"));
    versions.set(createHash("sha256").update(text).digest("hex"), versions.size + 1);
  };
  know();
  const any = (count: number) => Math.floor(random.next() * count);
  const release = async () => {
    // No two have one Date.
    now += 1000;
    const add = [pack(any(PACKAGES)), pack(PACKAGES + any(3))];
    const remove = [`p${PACKAGES + any(3)}`].filter((name) => name !== add[1]?.package);
    await repository.publish({ suites: { stable: { add, remove, ...dates() } } });
    know();
  };

  const dir = at("mirrors");
  mkdirSync(dir);
  const disk = canMount() ? await openSmallDisk(dir, SIZE) : undefined;
  const config = at("mirror.toml");
  writeFileSync(
    config,
    `dir = "${dir}"
min_free = "0%"
retries = 1
stall_timeout = "2s"
give_up_after = "10s"
[mirrors.demo]
url = "${server.url}"
suites = ["stable"]
sections = ["main"]
architectures = ["amd64"]
pgp_key_path = "${at("keyring.asc")}"
publish_to_staging = true
snapshot.prune = { keep_last = 2 }
`,
  );
  const start = (...args: readonly string[]) => {
    const { NODE_EXTRA_CA_CERTS: _added, ...env } = process.env;
    const options: SpawnOptions = { env, stdio: ["pipe", "pipe", "inherit"] };
    const begin = disk?.start ?? spawn;
    return talkTo(begin(process.execPath, args, options));
  };
  const talks = new Set<Talk>();
  const oracle = await start(LOOK, at("keyring.asc"), dir, "demo");
  talks.add(oracle);
  return {
    server,
    disk,
    version: () => versions.size,
    release,
    pass(hours) {
      now += hours * HOUR;
    },
    async resident() {
      const talk = await start("--expose-gc", RESIDENT);
      talks.add(talk);
      return {
        run: async (words) =>
          (await talk.ask({ words: [...words, "-c", config], now })) as Ran | undefined,
        async kill() {
          talks.delete(talk);
          await talk.kill();
        },
      };
    },
    async look() {
      const { shown, ...seen } = (await oracle.ask("look")) as Omit<Look, "shown"> & {
        readonly shown: Readonly<Record<string, string>>;
      };
      const known = Object.entries(shown).map(([name, digest]) => [name, versions.get(digest)]);
      return { ...seen, shown: Object.fromEntries(known) };
    },
    async close() {
      await Promise.all([...talks].map((talk) => talk.kill()));
      await server.close();
      await disk?.close();
      await root.remove();
    },
  };
}
