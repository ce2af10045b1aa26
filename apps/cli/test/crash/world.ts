import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createKey,
  createRepository,
  type PackageSpec,
  serve,
  type TestKey,
  temporaryDirectory,
} from "@mirror/testkit";
import { mirrorctl, type Outcome } from "../host.js";

/** How the mirrors of a configuration are set up. */
export type Configuration = "plain" | "signing" | "rooted" | "both" | "none";

/** What mirrors held when a scenario begins. */
export type Base = "empty" | "linked" | "kept" | "current" | "signed";

/** An upstream, and mirrors of it in a place that can be set back to any base. */
export interface World {
  /** What everything is put into that a command may change, and things that it may not. */
  readonly work: string;
  readonly dir: string;
  /** The directory of all snapshots, outside of `dir`. */
  readonly snapshots: string;
  /** Where a pointer of the mirror `demo` lies that is in no directory of ours. */
  readonly www: string;
  /** What another tool has mirrored; in the base `linked` a symlink to it has the mirror's name. */
  readonly theirs: string;
  readonly temporary: string;
  readonly key: TestKey;
  readonly own: TestKey;
  /** Runs a command line in this process, at this time. */
  run(configuration: Configuration, words: readonly string[], now?: Date): Promise<Outcome>;
  /** The arguments that choose a configuration. */
  arguments(configuration: Configuration): readonly string[];
  /** Puts a base into the place of whatever is in `work`. */
  reset(base: Base): Promise<void>;
  /** The names of the snapshots of a mirror, oldest first where they are automatic. */
  names(id?: string): string[];
  close(): Promise<void>;
}

const DAY = 86_400_000;

/** The packages of a version of upstream: one that changes, some that stay, one that comes and goes. */
const packages = (version: number): PackageSpec[] => [
  { package: "hello", version: `${version}` },
  { package: `only-in-${version}`, version: "1" },
  { package: "same", version: "1", architecture: "all" },
  { package: "other", version: "1" },
];

/** What is there before anything is mirrored, and must never change. */
const FOREIGN = [
  "outside/theirs/file",
  "mirrors/foreign.txt",
  "mirrors/elsewhere/dists/file",
  "mirrors/demo/notes.txt",
  "snapshots/foreign.txt",
  "snapshots/demo/notes.txt",
  "www/index.html",
];

/**
 * Makes upstream and mirrors; the last version of upstream, the fourth, is in no base but `current`.
 *
 * @param bases - those to be made besides the empty one
 */
export async function openWorld(bases: readonly Base[]): Promise<World> {
  const place = await temporaryDirectory("crash-");
  const at = (...names: string[]) => join(place.path, ...names);
  const work = at("work");
  const [dir, snapshots, www] = [join(work, "mirrors"), join(work, "snapshots"), join(work, "www")];
  const [theirs, temporary] = [join(work, "outside", "theirs"), at("tmp")];
  for (const path of [work, temporary, at("bases")]) mkdirSync(path);
  const now = Date.now();
  const ago = (days: number) => new Date(now - days * DAY);
  const key = await createKey({ created: ago(30) });
  const own = await createKey({ created: ago(30), userId: "Mirror <mirror@example.org>" });
  const keyring = at("keyring.asc");
  const ownKey = at("own.key");
  writeFileSync(keyring, key.armoredPublic);
  writeFileSync(ownKey, own.armoredPrivate, { mode: 0o600 });

  const dates = [9, 7, 5, 0.1].map(ago);
  const suite = (version: number) => {
    const date = dates[version - 1] ?? ago(0);
    return { packages: packages(version), date, signedAt: date };
  };
  const repository = await createRepository(at("upstream"), {
    key,
    suites: [{ suite: "stable", compressions: ["gz"], hashes: ["SHA256"], ...suite(1) }],
  });
  const server = await serve(repository.directory);
  const publish = (version: number) =>
    repository.publish({ suites: { stable: suite(version) }, date: suite(version).date });

  const usual = `url = "${server.url}"
suites = ["stable"]
sections = ["main"]
architectures = ["amd64"]
pgp_key_path = "${keyring}"
publish_to_staging = true
`;
  const mirrors = {
    plain: usual,
    signing: `${usual}filters.exclude_patterns = ["^other$"]\nsign.key_path = "${ownKey}"\n`,
  };
  const head = `dir = "${dir}"
[snapshot]
path = "${snapshots}"
environments = ["staging", "${www}/{mirror}"]
prune = { keep_last = 2 }
`;
  const texts: Record<Configuration, string> = {
    plain: `${head}[mirrors.demo]\n${mirrors.plain}`,
    signing: `${head}[mirrors.demo]\n${mirrors.signing}`,
    rooted: `${head}[mirrors.demo]\n${mirrors.plain}root_shows = "staging"\n`,
    both: `${head}[mirrors.demo]\n${mirrors.plain}[mirrors.twin]\n${mirrors.signing}`,
    none: `${head}[mirrors.twin]\n${mirrors.plain}`,
  };
  const fileOf = (configuration: Configuration) => at(`${configuration}.toml`);
  for (const [name, text] of Object.entries(texts)) writeFileSync(at(`${name}.toml`), text);

  const names = (id = "demo") =>
    readdirSync(join(snapshots, id))
      .filter((name) => /^\d{4}-/.test(name))
      .sort();
  const run: World["run"] = (configuration, words, moment) =>
    mirrorctl([...words, "-c", fileOf(configuration)], moment ? { now: () => moment } : {});
  const copy = (from: string, to: string) => {
    rmSync(to, { recursive: true, force: true });
    execFileSync("cp", ["-a", from, to]);
  };
  const keep = (base: Base) => copy(work, at("bases", base));
  const reset = async (base: Base) => copy(at("bases", base), work);

  for (const path of FOREIGN) {
    const file = join(work, path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, path);
  }
  await keep("empty");
  const succeed = async (
    configuration: Configuration,
    moment: Date,
    ...words: readonly string[]
  ): Promise<void> => {
    const { status, stderr } = await run(configuration, words, moment);
    if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
  };
  const hour = (days: number, hours: number) => new Date(ago(days).getTime() + hours * 3_600_000);
  const grow = async (version: number, configuration: "plain" | "signing") => {
    const days = [9, 7, 5][version - 1] ?? 0;
    await succeed(configuration, hour(days, 1), "sync");
    if (version < 3) await succeed(configuration, hour(days, 2), "snapshot", "promote", "demo");
  };
  const finish = async (configuration: "plain" | "signing") => {
    const make = (days: number, name: string) =>
      succeed(configuration, ago(days), "snapshot", "create", "demo", name);
    await make(8, "old");
    await make(8, "guarded");
    await make(1, "spare");
    await succeed(configuration, ago(1), "snapshot", "protect", "demo", "guarded");
  };
  // Both bases live through the same versions of upstream; each goes on from its own copy.
  for (const version of [1, 2, 3]) {
    if (version > 1) await publish(version);
    for (const [base, configuration] of [
      ["kept", "plain"],
      ["signed", "signing"],
    ] as const) {
      if (!bases.includes(base)) continue;
      await reset(version === 1 ? "empty" : base);
      await grow(version, configuration);
      if (version === 3) await finish(configuration);
      await keep(base);
    }
  }
  await publish(4);
  if (bases.includes("linked")) {
    await reset("empty");
    execFileSync("cp", ["-a", repository.path("pool"), join(theirs, "pool")]);
    rmSync(join(dir, "demo"), { recursive: true });
    symlinkSync(theirs, join(dir, "demo"));
    await keep("linked");
  }
  if (bases.includes("current")) {
    await reset("kept");
    await succeed("plain", hour(0, -1), "sync");
    await keep("current");
  }

  return {
    work,
    dir,
    snapshots,
    www,
    theirs,
    temporary,
    key,
    own,
    run,
    arguments: (configuration) => ["-c", fileOf(configuration)],
    reset,
    names,
    async close() {
      await server.close();
      await place.remove();
    },
  };
}
