import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readCommandLine } from "../src/command-line.js";
import { CliError } from "../src/error.js";
import { SWITCHES } from "../src/switches.js";
import { GROUPS, verbs } from "../src/verbs.js";
import { mirrorctl } from "./host.js";
import { openUpstream } from "./upstream.js";

const read = (...argv: string[]) => readCommandLine(argv, 90);

function codeOf(...argv: string[]): string | undefined {
  try {
    read(...argv);
  } catch (error) {
    if (error instanceof CliError) return error.code;
    throw error;
  }
  return undefined;
}

describe("the command line", () => {
  test("takes flags before and after the verb alike", () => {
    const before = read("--json", "-c", "a.toml", "--dry-run", "sync", "noble");
    const after = read("sync", "noble", "--dry-run", "--config=a.toml", "--json");
    expect(before).toEqual(after);
    expect(after).toMatchObject({
      verb: "sync",
      words: { positionals: { ids: ["noble"] } },
      flags: { json: true, dryRun: true, config: "a.toml", quiet: false },
    });
  });

  test("keeps mirror names that look like numbers or options", () => {
    expect(read("sync", "007", "1e3", "--", "-x")).toMatchObject({
      words: { positionals: { ids: ["007", "1e3", "-x"] } },
    });
    expect(read("snapshot", "create", "007", "1e3")).toMatchObject({
      words: { positionals: { id: ["007"], name: ["1e3"] } },
    });
  });

  test("lets the last of two equal options count", () => {
    expect(read("sync", "-c", "a", "-c", "b")).toMatchObject({ flags: { config: "b" } });
  });

  test("takes an option that may be repeated with one value each time", () => {
    const typed = read("sync", "--reuse", "/a", "noble", "--reuse=/b c", "--replace-link");
    expect(typed).toMatchObject({
      words: { positionals: { ids: ["noble"] }, lists: { reuse: ["/a", "/b c"] } },
    });
    expect(read("sync")).toMatchObject({ words: { lists: {} } });
    for (const argv of [["--reuse"], ["--reuse", ""], ["--reuse", "/a", "--reuse="]])
      expect(codeOf("sync", ...argv)).toBe("ERR_CLI_USAGE");
  });

  test("takes --no-color and --no-pgp-check by these names", () => {
    expect(read("check", "config", "--no-color", "--no-pgp-check")).toMatchObject({
      verb: "check config",
      flags: { noColor: true, noPgpCheck: true },
    });
  });

  test("answers --version and -v whatever else stands there", () => {
    expect(read("-v")).toMatchObject({ verb: "version" });
    expect(read("sync", "--version")).toMatchObject({ verb: "version" });
  });

  test.each(["serve", "generate nginx"])("refuses %s by name as not supported yet", (line) => {
    expect(codeOf(...line.split(" "))).toBe("ERR_CLI_NOT_SUPPORTED_YET");
  });

  test("refuses what nobody knows, and suggests what was probably meant", async () => {
    expect(codeOf("snyc")).toBe("ERR_CLI_UNKNOWN_COMMAND");
    expect(codeOf("sync", "--dry")).toBe("ERR_CLI_UNKNOWN_OPTION");
    expect((await mirrorctl(["snyc"])).stderr).toContain('did you mean "mirrorctl sync"?');
    expect((await mirrorctl(["sync", "--dry"])).stderr).toContain('did you mean "--dry-run"?');
    expect((await mirrorctl(["check", "confg"])).stderr).toContain('"mirrorctl check config"');
    const promoted = await mirrorctl(["snapshot", "promot", "noble"]);
    expect(promoted.stderr).toContain('"mirrorctl snapshot promote"');
    // An option of another command is none of this one.
    expect(codeOf("snapshot", "list", "--no-gate")).toBe("ERR_CLI_UNKNOWN_OPTION");
  });

  test("refuses a missing verb, a missing value and a superfluous word", () => {
    expect(codeOf()).toBe("ERR_CLI_USAGE");
    for (const group of ["check", "snapshot", "generate"])
      expect(codeOf(group)).toBe("ERR_CLI_USAGE");
    expect(codeOf("snapshot", "stage", "noble")).toBe("ERR_CLI_USAGE");
    expect(codeOf("snapshot", "stage", "noble", "a", "b")).toBe("ERR_CLI_USAGE");
    expect(codeOf("snapshot", "promote", "noble", "--to")).toBe("ERR_CLI_USAGE");
    for (const argv of [
      ["-c"],
      ["--config"],
      ["-c", ""],
      ["--config="],
      ["-l", "--json"],
      ["-cq"],
    ]) {
      expect(codeOf("sync", ...argv)).toBe("ERR_CLI_USAGE");
    }
    expect(() => read("sync", "-c")).toThrow("-c: expected a value, found none");
    expect(codeOf("version", "now")).toBe("ERR_CLI_USAGE");
    expect(codeOf("sync", "-l", "loud")).toBe("ERR_CLI_USAGE");
  });

  test.each(SWITCHES)(
    "refuses a value on --%s, whatever it is and however it is written",
    (name) => {
      const letter = name[0] ?? "";
      const short = ["quiet", "help", "version"].includes(name)
        ? [`-${letter}=1`, `-${letter}=true`, `-${letter} false`, `-${letter}1`, `-${letter}:no`]
        : [];
      for (const text of ["=1", "=yes", "=true", "=false", "=", " true", " false", ...short]) {
        const words = (text.startsWith("-") ? text : `--${name}${text}`).split(" ");
        for (const argv of [
          ["sync", ...words],
          [...words, "sync"],
          ["sync", "noble", ...words],
        ]) {
          expect([...argv, codeOf(...argv)]).toEqual([...argv, "ERR_CLI_USAGE"]);
        }
      }
      expect(codeOf("sync", `--${name}`, `--${name}`)).toBeUndefined();
      expect(codeOf("sync", `--${name}`, "--", "true")).toBeUndefined();
      expect(codeOf("sync", "--", `--${name}=1`)).toBeUndefined();
    },
  );

  test("changes nothing where a dry run is asked for in other words", async () => {
    const { config, dir } = await openUpstream();
    for (const word of ["--dry-run=1", "--dry-run=on", "--dry-run=true"]) {
      const { status, stderr } = await mirrorctl(["sync", word, "-c", config]);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^ERROR --dry-run: expected no value, found ".*\n {6}hint: write /);
    }
    expect(existsSync(dir)).toBe(false);
    const { stdout } = await mirrorctl(["sync", "--json=1", "-c", config]);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: "ERR_CLI_USAGE" } });
  });

  test("answers a mistake with --json by one document on stdout", async () => {
    const { status, stdout, stderr } = await mirrorctl(["serve", "--json"]);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      command: null,
      ok: false,
      error: { code: "ERR_CLI_NOT_SUPPORTED_YET" },
    });
    expect(stderr).toMatch(/^ERROR /);
  });
});

describe("help", () => {
  test("of the program reads as recorded", async () => {
    const { status, stdout, stderr } = await mirrorctl(["--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    await expect(stdout).toMatchFileSnapshot("golden/help.txt");
  });

  test.each([
    ...verbs.map(([verb]): [string, string[]] => [verb, [...verb.split(" "), "--help"]]),
    ...Object.keys(GROUPS).map((group): [string, string[]] => [group, [group, "-h"]]),
  ])("of %s reads as recorded", async (name, argv) => {
    const { status, stdout } = await mirrorctl(argv);
    expect(status).toBe(0);
    await expect(stdout).toMatchFileSnapshot(`golden/help-${name.replace(" ", "-")}.txt`);
  });

  test("is asked for by the word too", async () => {
    expect(await mirrorctl(["help", "sync"])).toEqual(await mirrorctl(["sync", "--help"]));
    expect(await mirrorctl(["help"])).toEqual(await mirrorctl(["--help"]));
  });
});
