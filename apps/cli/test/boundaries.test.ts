import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

interface Source {
  /** Relative to the package, `src/` first. */
  readonly path: string;
  /** Without comments. */
  readonly text: string;
  /** Module names, of static and dynamic imports. */
  readonly imports: readonly string[];
}

function sourcesOf(folder: string): Source[] {
  const base = join(ROOT, folder);
  return readdirSync(join(base, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
      const found = text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)"([^"]+)"/gm);
      return { path: relative(base, file), text, imports: [...found].map(([, name = ""]) => name) };
    });
}

/** `file imports module` for every import that the rule forbids. */
function breaches(folder: string, forbidden: (name: string, source: Source) => boolean): string[] {
  return sourcesOf(folder).flatMap((source) =>
    source.imports
      .filter((name) => forbidden(name, source))
      .map((name) => `${folder}/${source.path} imports ${name}`),
  );
}

const LEAVES = ["deb822", "fetch", "verify", "snapshot", "config", "testkit"];

describe("the star", () => {
  it.each(LEAVES)("no leaf imports a leaf: %s", (leaf) => {
    expect(breaches(`packages/${leaf}`, (name) => name.startsWith("@mirror/"))).toEqual([]);
  });

  it("the engine knows no configuration and the oracle judges only in tests", () => {
    const foreign = ["@mirror/config", "@mirror/testkit"];
    expect(breaches("packages/sync", (name) => foreign.includes(name))).toEqual([]);
    expect(breaches("apps/cli", (name) => name === "@mirror/testkit")).toEqual([]);
  });

  it("config and sync meet only in the CLI", () => {
    expect(breaches("packages/config", (name) => name === "@mirror/sync")).toEqual([]);
  });
});

describe("rooms", () => {
  const network = /^(undici|node:(net|tls|http|https|http2|dgram|dns))/;
  const files = /^node:fs/;
  const children = "node:child_process";

  it("deb822 has no module of Node's", () => {
    expect(breaches("packages/deb822", (name) => name.startsWith("node:"))).toEqual([]);
  });

  it("verify reads no file and asks no network", () => {
    const forbidden = (name: string) => files.test(name) || network.test(name) || name === children;
    expect(breaches("packages/verify", forbidden)).toEqual([]);
  });

  it.each(["snapshot", "config"])("%s asks no network", (leaf) => {
    expect(breaches(`packages/${leaf}`, (name) => network.test(name))).toEqual([]);
  });

  it("in the engine only ports start a child, and nothing asks the network or OpenPGP", () => {
    const forbidden = (name: string, { path }: Source) =>
      network.test(name) ||
      ["openpgp", "node:process"].includes(name) ||
      (name === children && !path.startsWith("src/ports/"));
    expect(breaches("packages/sync", forbidden)).toEqual([]);
  });

  it("pure decisions of the engine import no effect", () => {
    const names = ["freshness", "index-kinds", "suite-offer", "suite-path"];
    const more = [
      "listed-digests",
      "snapshot-name",
      "diff",
      "gate",
      "common-groups",
      "plain-trace",
      "own-trace",
      "carried-mark",
      "metadata-name",
      "own-files",
    ];
    const own = ["resign-due", "resigned-release", "resigned-layout", "rewrites", "release-term"];
    const rules = ["frozen", "key-fault", "component-name", "document-name"];
    const choices = ["candidate", "closure", "filter", "is-filtering", "keep-versions"];
    const filters = [...choices, "package-list", "universe"];
    const memory = ["maybe-repeated", "own-text", "packed-candidates", "same-files"];
    const all = [...names, ...more, ...own, ...rules, ...filters, ...memory];
    const pure = new RegExp(`^src/(plan-[^/]*|${all.join("|")})\\.ts$`);
    const sources = sourcesOf("packages/sync");
    expect(sources.filter(({ path }) => pure.test(path)).length).toBeGreaterThanOrEqual(11);
    const values = (source: Source) =>
      [...source.text.matchAll(/^import (?!type)[^;]*?from "([^"]+)"/gm)].map(([, name]) => name);
    const pureOnes = new RegExp(`^\\./(error|plan-[^/]*|${all.join("|")})\\.js$`);
    const allowed = {
      test: (name: string) => pureOnes.test(name) || /^(@mirror\/deb822|re2js)$/.test(name),
    };
    for (const source of sources.filter(({ path }) => pure.test(path))) {
      const effects = values(source).filter((name) => !allowed.test(name ?? ""));
      expect([source.path, effects]).toEqual([source.path, []]);
    }
  });

  it("the engine parses a Release in one place only, from signed text", () => {
    const callers = sourcesOf("packages/sync").filter(({ text }) => /\bparseRelease\b/.test(text));
    expect(callers.map(({ path }) => path)).toEqual(["src/release.ts"]);
    expect(callers[0]?.text).toContain("parseRelease(signed.text)");
  });

  it("one file spells the paths of the store", () => {
    const spelling = sourcesOf("packages/snapshot").filter(({ text }) =>
      /"\.mirrorctl"|"partial"/.test(text),
    );
    expect(spelling.map(({ path }) => path)).toEqual(["src/layout.ts"]);
    const elsewhere = [...sourcesOf("packages/sync"), ...sourcesOf("apps/cli")];
    const offenders = elsewhere.filter(({ text }) => /["`/]\.mirrorctl/.test(text));
    expect(offenders.map(({ path }) => path)).toEqual([]);
  });

  it("libraries print nothing and read no environment", () => {
    for (const leaf of ["deb822", "fetch", "verify", "snapshot", "config", "sync"]) {
      const loud = sourcesOf(`packages/${leaf}`).filter(({ text }) =>
        /\bconsole\.|\bprocess\.(env|exit|argv|stdout|stderr)\b/.test(text),
      );
      expect([leaf, loud.map(({ path }) => path)]).toEqual([leaf, []]);
    }
  });
});
