import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type AptClient,
  aptClient,
  findTool,
  runTool,
  type TemporaryDirectory,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Candidate } from "../src/candidate.js";
import { compileFilters } from "../src/filter.js";
import { createUnpacker } from "../src/index.js";
import { planSelection } from "../src/plan-selection.js";
import { candidateFields, readCandidates } from "../src/read-candidates.js";
import { relationsOf } from "../src/universe.js";
import { filters, stayingPaths } from "./candidates.js";

const execute = promisify(execFile);

const WANTED = [
  ...["hello", "nginx", "python3", "git", "postgresql", "vim"],
  ...["curl", "openssh-server", "gcc", "apache2"],
];

interface OwnIndex {
  readonly suite: string;
  readonly path: string;
}

/** The indices of Debian that this machine's own apt has fetched, that of the release itself first. */
async function ownIndices(): Promise<OwnIndex[]> {
  if (findTool("apt-get") === undefined) return [];
  const format = "$(ORIGIN)|$(COMPONENT)|$(ARCHITECTURE)|$(RELEASE)|$(FILENAME)";
  const args = ["indextargets", "--format", format, "Created-By: Packages"];
  const { stdout } = await runTool("apt-get", args);
  return stdout
    .toString()
    .split("\n")
    .flatMap((line) => {
      const [suite = "", path = ""] = line.split("|").slice(3);
      return line.startsWith("Debian|main|amd64|") ? [{ suite, path }] : [];
    })
    .sort((a, b) => a.suite.length - b.suite.length);
}

const own = await ownIndices();
const reason = own.length > 0 ? "" : " (skipped: needs apt's own lists of Debian: apt-get update)";
if (reason !== "" && process.env.CI) throw new Error(`on this CI machine${reason}`);

describe.skipIf(reason !== "")(`over this machine's own index of Debian${reason}`, () => {
  let place: TemporaryDirectory;
  const known = new Map<string, readonly Candidate[]>();
  const given = filters({ withDependencies: true });

  beforeAll(async () => {
    place = await temporaryDirectory("closure-");
    for (const { suite, path } of own) {
      // The helper knows whatever form apt keeps its lists in.
      const helper = ["cat-file", path];
      const { stdout } = await execute("/usr/lib/apt/apt-helper", helper, { maxBuffer: 2 ** 28 });
      mkdirSync(join(place.path, suite));
      writeFileSync(join(place.path, suite, "Packages"), stdout);
      known.set(suite, await candidatesOf(suite, join(place.path, suite, "Packages")));
    }
  }, 120_000);
  afterAll(() => place?.remove());

  async function candidatesOf(suite: string, file: string): Promise<Candidate[]> {
    const listing = { suite, path: "Packages", file, compression: "", limit: 2 ** 30 };
    const index = { suite, component: "main", architecture: "amd64", isInstaller: false };
    const options = {
      architectures: ["amd64"],
      fields: candidateFields({ ...given, withRecommends: true }, false),
      place: (path: string) => path,
    };
    const found: Candidate[] = [];
    const reader = { unpacker: createUnpacker() };
    const listed = { ...listing, kind: "packages" as const };
    for await (const one of readCandidates(reader, listed, index, options)) found.push(one);
    return found;
  }

  async function clientOf(name: string, suites: readonly string[]): Promise<AptClient> {
    const root = join(place.path, `apt-${name}`);
    mkdirSync(root);
    const lines = suites.map((suite) => `deb [trusted=yes] file:${join(place.path, suite)} ./\n`);
    const apt = await aptClient({ root, sources: lines.join("") });
    expect(await apt.update()).toMatchObject({ exitCode: 0, errors: [] });
    return apt;
  }

  /** The files that apt would fetch to install packages into a system that has none. */
  async function fetchedByApt(apt: AptClient, wanted: readonly string[], recommends: boolean) {
    const option = recommends ? "--install-recommends" : "--no-install-recommends";
    const line = ["install", "--print-uris", "-y", option, ...wanted];
    const { exitCode, stdout } = await apt.run("apt-get", line);
    expect([line, exitCode]).toEqual([line, 0]);
    const paths = [...stdout.matchAll(/^'file:[^']*?\/(pool\/[^']*)'/gm)];
    return new Set(paths.map(([, path = ""]) => decodeURIComponent(path)));
  }

  /** What apt fetches and the closure lacks, and what the closure has besides without a reason. */
  async function differences(
    apt: AptClient,
    suites: readonly string[],
    wanted: readonly string[],
    recommends: boolean,
  ) {
    const candidates = suites.flatMap((suite) => known.get(suite) ?? []);
    const filter = compileFilters({
      ...given,
      withRecommends: recommends,
      packageList: wanted.join("\n"),
    });
    if (!filter) throw new TypeError("nothing is filtered");
    const selection = planSelection(filter, candidates, ["amd64"]);
    const { verdicts, unsatisfied } = selection;
    const paths = stayingPaths(selection, candidates);
    const theirs = await fetchedByApt(apt, wanted, recommends);
    const names = new Set<string>();
    for (const { path, name, provides } of candidates) {
      if (!theirs.has(path)) continue;
      names.add(name);
      for (const [relation] of relationsOf(provides)) if (relation) names.add(relation.package);
    }
    /** Whether apt met the relation for which this was added by another package. */
    const isMetOtherwise = (one: Candidate, dependent: Candidate): boolean =>
      [dependent.preDepends, dependent.depends, dependent.recommends]
        .flatMap(relationsOf)
        .filter((group) => group.length > 1 && group.some((it) => it.package === one.name))
        .some((group) => group.some((it) => it.package !== one.name && names.has(it.package)));
    const more = candidates.flatMap((one, at) => {
      const verdict = verdicts[at];
      if (!verdict?.stays || theirs.has(one.path)) return [];
      const { name, version } = one;
      // Of a name there is the newest of each suite: a client need not use them all.
      if (suites.length > 1 && names.has(name)) return [];
      if (verdict.why !== "dependency") return [`${name} ${version}`];
      const { dependent } = verdict.needed;
      // What such a package needs in its turn is none of apt's choices.
      if (!theirs.has(dependent.path) || isMetOtherwise(one, dependent)) return [];
      return [`${name} ${version}, for ${dependent.name}`];
    });
    const missing = [...theirs].filter((path) => !paths.has(path));
    return { found: theirs.size, besides: paths.size - theirs.size, missing, more, unsatisfied };
  }

  it("a closure is what apt fetches, for each of ten packages and for all of them", async () => {
    const [{ suite = "" } = {}] = own;
    const apt = await clientOf("one", [suite]);
    for (const wanted of [...WANTED.map((name) => [name]), WANTED]) {
      const { found, besides, missing } = await differences(apt, [suite], wanted, false);
      expect([wanted, missing, besides]).toEqual([wanted, [], 0]);
      expect(found).toBeGreaterThanOrEqual(wanted.length);
    }
  }, 120_000);

  it("with what is recommended it has all of that, and besides only alternatives that apt met otherwise", async () => {
    const [{ suite = "" } = {}] = own;
    const apt = await clientOf("recommends", [suite]);
    for (const wanted of [["postgresql"], ["openssh-server"], WANTED]) {
      const { found, ...told } = await differences(apt, [suite], wanted, true);
      expect(told).toMatchObject({ missing: [], more: [], unsatisfied: [] });
      expect(told.besides).toBeLessThan(found / 4);
    }
  }, 120_000);

  it("over several suites it has all of that, and besides only older versions of other suites with what they need", async () => {
    const suites = own.map(({ suite }) => suite);
    const apt = await clientOf("suites", suites);
    for (const recommends of [false, true]) {
      const told = await differences(apt, suites, WANTED, recommends);
      expect(told).toMatchObject({ missing: [], more: [], unsatisfied: [] });
    }
  }, 120_000);
});
