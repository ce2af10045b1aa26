import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { configKeys } from "@mirror/config";
import {
  createKey,
  createRepository,
  describeNeeds,
  nginx,
  type PackageSpec,
  serve,
  temporaryDirectory,
} from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { readCommandLine } from "../src/command-line.js";
import { HINTS } from "../src/hints.js";
import { SWITCHES } from "../src/switches.js";
import { VERBS, verbs } from "../src/verbs.js";
import { mirrorctl } from "./host.js";
import { leaveOtherTools } from "./other-tools.js";

const GUIDES = fileURLToPath(new URL("../../../docs/guides/", import.meta.url));
const MIGRATION = "coming-from-another-tool.md";
const RUNNABLE = [
  "staging-and-production.md",
  "snapshots.md",
  "checking-and-mending.md",
  "part-of-an-archive.md",
  "disks-and-archived-suites.md",
  "official-archives.md",
  MIGRATION,
];
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

interface Block {
  readonly language: string;
  readonly text: string;
}

const read = (name: string) => readFileSync(join(GUIDES, name), "utf8");

function blocksOf(guide: string): Block[] {
  return [...guide.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ([, language = "", text = ""]) => ({ language, text }),
  );
}

/** What upstream has at the n-th sync of a guide, from 1. */
function packagesOf(n: number): PackageSpec[] {
  const old: PackageSpec = { package: "abandoned", version: "0.9", architecture: "all" };
  const fresh: PackageSpec = { package: "newcomer", version: "1.0" };
  return [{ package: "openssl", version: `3.0.13-0ubuntu3.${n}` }, n === 1 ? old : fresh];
}

/** A line of a guide as argv, and whether the guide says that it is refused. */
function readLine(line: string): { argv: string[]; refused: boolean } {
  const argv: string[] = [];
  const token =
    /\s*(?:#\s*(?<comment>.*)|>\s*\S+|'(?<quoted>[^']*)'|(?<bare>[^\s'"#|&;$`<>()*?]+))/y;
  let comment = "";
  while (token.lastIndex < line.trimEnd().length) {
    const at = token.lastIndex;
    const groups = token.exec(line)?.groups;
    if (groups === undefined) throw new Error(`cannot be run here: ${line.slice(at)}`);
    comment = groups.comment ?? comment;
    const word = groups.quoted ?? groups.bare;
    if (word !== undefined) argv.push(word);
  }
  return { argv, refused: comment.startsWith("refused") };
}

/** A line without what differs from run to run: numbers, sizes, widths of columns. */
function shapeOf(line: string): string {
  return line
    .replace(/\d[\d.]* [kKMGT]?i?B\b/g, "SIZE")
    .replace(/\d+/g, "0")
    .replace(/\s+/g, " ")
    .trim();
}

/** Refusals that mean that the guide is wrong, not that the tool refuses what it is said to refuse. */
const MISTAKES = /code: ERR_(?:CLI_(?:USAGE|UNKNOWN_\w+|NOT_SUPPORTED_YET)|CONFIG_\w+)/;

/** Carries out a guide from its top to its end, in one directory, with one upstream. */
async function carryOut(guide: string) {
  const place = await temporaryDirectory("guide-");
  onTestFinished(() => place.remove());
  const root = place.path;
  const key = await createKey();
  const suites = ["noble", "jammy", "stable", "bookworm", "bookworm-updates", "buster"];
  const repository = await createRepository(join(root, "upstream"), {
    key,
    suites: suites.map((suite) => ({ suite, packages: packagesOf(1) })),
  });
  const server = await serve(repository.directory);
  onTestFinished(() => server.close());

  const blocks = blocksOf(guide);
  const [first = ""] = /\d{4}-\d\d-\d\dT[\d-]+Z/.exec(blocks.map(({ text }) => text).join()) ?? [];
  const told = Date.parse(first.replace(/T(\d\d)-(\d\d)-/, "T$1:$2:")) || Date.now() - DAY;
  const shift = (Math.floor((Date.now() - told) / DAY) + 1) * DAY;
  const start = told + shift;
  const localise = (text: string) =>
    text
      .replace(
        /(?:\/var\/(?:www\/apt|lib\/mirrorctl|spool\/apt-mirror)|\/srv\/(?:www|debmirror)|\/mnt\/archive)\b/g,
        `${root}$&`,
      )
      .replace(/\/(?:usr\/share\/keyrings|etc\/mirrorctl\/keys)\/[\w.-]+/g, `${root}$&`)
      .replace(/\b20[2-9]\d-\d\d-\d\d(?!\d)/g, (day) =>
        new Date(Date.parse(day) + shift).toISOString().slice(0, 10),
      );
  for (const directory of ["etc", "srv/www/prod", "mnt/archive", "var/www"]) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  const config = join(root, "etc/mirror.toml");

  const fetchAgain =
    guide === read(MIGRATION) ? leaveOtherTools(root, repository.directory) : undefined;

  let now = start;
  let syncs = 0;
  const tick = async (verb: string | undefined) => {
    now += MINUTE;
    if (verb !== "sync") return;
    syncs++;
    now = start + (syncs - 1) * DAY;
    const packages = packagesOf(syncs);
    await repository.publish({
      date: new Date(now - MINUTE),
      suites: Object.fromEntries(suites.map((suite) => [suite, { packages }])),
    });
    fetchAgain?.();
  };

  const faults: string[] = [];
  const ran: string[] = [];
  let printed: ReadonlySet<string> | undefined;
  for (const { language, text } of blocks) {
    if (language === "toml") {
      const local = localise(text)
        .replace(/"file:\/\/[^"]*"/g, `"file://${repository.directory}"`)
        .replace(/(?<=^urls? = .*)"https?:\/\/[^"]*"/gm, `"${server.url}"`);
      writeFileSync(config, local);
      for (const [, path = ""] of local.matchAll(/^pgp_key_path = "(.*)"$/gm)) {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, key.armoredPublic);
      }
      for (const [, path = ""] of local.matchAll(/^key_path = "(.*)"$/gm)) {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, key.armoredPrivate, { mode: 0o600 });
      }
      for (const [, path = ""] of local.matchAll(/^passphrase_file = "(.*)"$/gm)) {
        writeFileSync(path, "the key has none\n", { mode: 0o600 });
      }
    }
    if (language === "sh") {
      let output = "";
      for (const line of text.split("\n").filter((one) => /^(?:mirrorctl|truncate) /.test(one))) {
        const { argv, refused } = readLine(localise(line));
        if (argv[0] === "truncate") {
          execFileSync("truncate", argv.slice(1));
          continue;
        }
        await tick(argv[1]);
        const { status, stdout, stderr } = await mirrorctl(
          [...argv.slice(1), ...(refused ? ["--verbose-errors"] : [])],
          { env: { MIRRORCTL_CONFIG: config, PATH: process.env.PATH }, now: () => new Date(now) },
        );
        output += stdout + stderr;
        ran.push(line);
        if (status !== (refused ? 1 : 0) || MISTAKES.test(stderr)) {
          faults.push(`${line}: status ${status}\n${stderr}`);
        }
      }
      printed = new Set(output.split("\n").map(shapeOf));
    }
    if (language === "text") {
      const missing = localise(text)
        .split("\n")
        .map(shapeOf)
        .filter((line) => !printed?.has(line));
      if (missing.length > 0) {
        faults.push(
          `not printed by ${ran.at(-1)}: ${missing.join("\n")}\n${[...(printed ?? [])].join("\n")}`,
        );
      }
    }
  }
  return { ran, faults };
}

describe.each(RUNNABLE)("the guide %s", (name) => {
  const guide = read(name);
  const prose = guide.replace(/^```[\s\S]*?^```$/gm, "");
  const spans = [...prose.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text.replace(/\s+/g, " "));

  test("can be carried out as it stands, and prints what it says", async () => {
    const { ran, faults } = await carryOut(guide);
    expect(faults).toEqual([]);
    expect(ran.length).toBeGreaterThan(5);
  });

  test("leaves no command of its examples out", () => {
    const lines = blocksOf(guide).filter(({ language }) => language !== "sh");
    for (const { text } of lines) expect(text).not.toMatch(/^\s*(?:\$ |sudo )?mirrorctl /m);
  });

  test("names commands and options that exist", () => {
    const options = verbs.flatMap(([, spec]) => Object.keys(spec.options));
    const ofOthers = ["get-selections"];
    const known = new Set([...SWITCHES, "config", "log-level", ...options, ...ofOthers]);
    const named = [...prose.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map(
      ([, option = ""]) => option,
    );
    expect(named.filter((option) => !known.has(option))).toEqual([]);
    const commands = spans
      .map((span) => span.replace(/^(?:sudo (?:-u OWNER )?)?mirrorctl /, ""))
      .filter((span, index) => span !== spans[index] || /^(?:snapshot|generate) [a-z]/.test(span))
      .filter((span) => span !== "...");
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) {
      const [group = "", word = ""] = command.split(" ");
      expect([command, group in VERBS || `${group} ${word}` in VERBS]).toEqual([command, true]);
    }
  });

  test("names keys, tables and codes that exist", () => {
    const built = configKeys.filter(({ support }) => support !== "not-yet").map(({ path }) => path);
    const last = new Set(built.map((path) => path.split(".").at(-1)));
    const ofOthers = ["open_file_cache", "disable_symlinks"];
    const keys = spans.flatMap((span) => /^([a-z]+(?:_[a-z]+)+)(?: = .*)?$/.exec(span)?.[1] ?? []);
    expect(keys.filter((key) => !last.has(key) && !ofOthers.includes(key))).toEqual([]);
    const assigned = spans.flatMap((span) => /^([a-z_]+) = /.exec(span)?.[1] ?? []);
    expect(assigned.filter((key) => !last.has(key))).toEqual([]);
    const tables = spans.flatMap((span) => /^\[([a-z<>.]+)\]$/.exec(span)?.[1] ?? []);
    for (const table of tables) {
      const path = `${table.replace(/^defaults\./, "mirrors.<id>.")}.`;
      expect([table, built.some((key) => key.startsWith(path))]).toEqual([table, true]);
    }
    const codes = [...guide.matchAll(/\bERR_[A-Z_]+\b/g)].map(([code]) => code);
    expect(codes.filter((code) => !(code in HINTS))).toEqual([]);
  });
});

test("the README names commands and options that exist", () => {
  const readme = readFileSync(join(GUIDES, "../../README.md"), "utf8");
  const lines = blocksOf(readme).flatMap(({ text }) => text.split("\n"));
  const commands = lines.filter((line) => line.startsWith("mirrorctl "));
  expect(commands.length).toBeGreaterThan(10);
  const mistakes = commands.filter((line) => {
    try {
      readCommandLine(readLine(line).argv.slice(1), 80);
      return false;
    } catch {
      return true;
    }
  });
  expect(mistakes).toEqual([]);
});

test("the gate's table has every key of the gate, and no other", () => {
  const [, table = ""] =
    /^\| key \| default \|.*\n\|.*\n((?:\|.*\n)+)/m.exec(read(RUNNABLE[0] ?? "")) ?? [];
  const rows = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key);
  const prefix = "mirrors.<id>.promote.";
  const keys = configKeys.filter(({ path }) => path.startsWith(prefix));
  expect(rows.toSorted()).toEqual(keys.map(({ path }) => path.slice(prefix.length)).toSorted());
});

describeNeeds(describe, ["nginx"], "the nginx configuration of the guide", () => {
  test("bridges a switch, and serves no Release of before", async () => {
    const block = blocksOf(read("staging-and-production.md")).find(
      ({ language }) => language === "nginx",
    );
    const [locations = ""] = /^ *#[\s\S]*(?=^\})/m.exec(block?.text ?? "") ?? [];
    expect(locations).toContain("location");
    const place = await temporaryDirectory("guide-nginx-");
    onTestFinished(() => place.remove());
    const at = (...segments: string[]) => join(place.path, ...segments);
    const put = (path: string) => {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), path);
    };
    for (const tree of ["old", "new"]) {
      put(`www/.mirrorctl/${tree}/pool/${tree}.deb`);
      put(`www/.mirrorctl/${tree}/pool/both.deb`);
      put(`www/.mirrorctl/${tree}/dists/${tree}/InRelease`);
    }
    mkdirSync(at("www/demo"));
    mkdirSync(at("web"));
    symlinkSync("../.mirrorctl/new", at("www/demo/current"));
    symlinkSync("../.mirrorctl/old", at("www/demo/.current.previous"));
    const web = await nginx({ root: at("web"), directory: at("www"), server: locations });
    onTestFinished(() => web.close());
    const get = async (path: string) => {
      const response = await fetch(new URL(path, web.url));
      return response.ok ? await response.text() : response.status;
    };
    expect(await get("demo/current/pool/new.deb")).toContain("/new/");
    expect(await get("demo/current/pool/both.deb")).toContain("/new/");
    expect(await get("demo/current/pool/old.deb")).toContain("/old/");
    expect(await get("demo/current/pool/none.deb")).toBe(404);
    expect(await get("demo/current/dists/new/InRelease")).toContain("/new/");
    expect(await get("demo/current/dists/old/InRelease")).toBe(404);
    expect(await get(".mirrorctl/old/pool/old.deb")).toBe(404);
  });
});
