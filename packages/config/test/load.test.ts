import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type LoadOptions, loadConfig } from "../src/index.js";
import { errorOf, file, mirrorKeys } from "./given.js";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "mirror-config-"));
  path = join(directory, "mirror.toml");
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function load(options: Partial<LoadOptions> = {}) {
  return loadConfig({ path, env: {}, ...options });
}

function dropIn(name: string, text: string): string {
  mkdirSync(join(directory, "mirror.d"), { recursive: true });
  const target = join(directory, "mirror.d", name);
  writeFileSync(target, text);
  return target;
}

function mirrorTable(id: string): string {
  return `[mirrors.${id}]\n${mirrorKeys()}`;
}

describe("loadConfig", () => {
  test("reads a file", () => {
    writeFileSync(path, file('dir = "~/mirrors"'));
    expect(load({ home: "/home/me" })).toMatchObject({ path, dir: "/home/me/mirrors" });
  });

  test("reads what lies in mirror.d in name order, and only *.toml", () => {
    writeFileSync(path, file(""));
    dropIn("20.toml", mirrorTable("b"));
    dropIn("10.toml", mirrorTable("c"));
    dropIn(".hidden.toml", "not toml");
    dropIn("10.toml~", "not toml");
    dropIn("README", "not toml");
    expect(load().mirrors.map(({ id }) => id)).toEqual(["m", "c", "b"]);
  });

  test("follows a symbolic link in mirror.d", () => {
    writeFileSync(path, file(""));
    const target = dropIn("real", mirrorTable("x"));
    symlinkSync(target, join(directory, "mirror.d", "link.toml"));
    expect(load().mirrors).toHaveLength(2);
  });

  test("names both files of what is given twice", () => {
    writeFileSync(path, file(""));
    const second = dropIn("x.toml", mirrorTable("m"));
    expect(errorOf(load).problems).toMatchObject([
      {
        code: "ERR_CONFIG_DUPLICATE_KEY",
        path: "mirrors.m",
        file: second,
        otherFile: path,
        line: 1,
      },
    ]);
  });

  test("tells of every file that cannot be used, and of the problems of the others", () => {
    writeFileSync(path, 'dir = "/x"\nunknown = 1');
    mkdirSync(join(directory, "mirror.d"));
    mkdirSync(join(directory, "mirror.d", "a.toml"));
    writeFileSync(join(directory, "mirror.d", "b.toml"), Buffer.from([0x61, 0xff]));
    symlinkSync("nowhere", join(directory, "mirror.d", "c.toml"));
    dropIn("d.toml", "[");
    const error = errorOf(load);
    expect(error.code).toBe("ERR_CONFIG_INVALID");
    expect(error.problems.map(({ code }) => code).sort()).toEqual([
      "ERR_CONFIG_BAD_TOML",
      "ERR_CONFIG_FILE_IS_DIRECTORY",
      "ERR_CONFIG_FILE_MISSING",
      "ERR_CONFIG_NOT_UTF8",
      "ERR_CONFIG_UNKNOWN_KEY",
    ]);
  });

  test("refuses a missing file", () => {
    const error = errorOf(load);
    expect(error).toMatchObject({ code: "ERR_CONFIG_FILE_MISSING", problems: [{ file: path }] });
    expect(error.cause).toMatchObject({ code: "ENOENT" });
  });

  test("refuses a directory", () => {
    mkdirSync(path);
    expect(errorOf(load).code).toBe("ERR_CONFIG_FILE_IS_DIRECTORY");
  });

  test("refuses a path through a file", () => {
    writeFileSync(path, file(""));
    expect(errorOf(() => load({ path: join(path, "x") }))).toMatchObject({
      code: "ERR_CONFIG_FILE_UNREADABLE",
      problems: [{ found: "ENOTDIR" }],
    });
  });

  test("refuses a mirror.d that is no directory", () => {
    writeFileSync(path, file(""));
    writeFileSync(join(directory, "mirror.d"), "");
    expect(errorOf(load)).toMatchObject({
      code: "ERR_CONFIG_FILE_UNREADABLE",
      problems: [{ file: join(directory, "mirror.d"), found: "ENOTDIR" }],
    });
  });

  test("refuses a file that the system does not open", () => {
    symlinkSync(path, path);
    expect(errorOf(load)).toMatchObject({
      code: "ERR_CONFIG_FILE_UNREADABLE",
      problems: [{ found: "ELOOP" }],
    });
  });

  test("refuses what is not UTF-8", () => {
    writeFileSync(path, Buffer.from("# \xe4\n", "latin1"));
    expect(errorOf(load).code).toBe("ERR_CONFIG_NOT_UTF8");
  });

  test("reads no more than 4 MiB, however much there is", () => {
    writeFileSync(path, `#${" ".repeat(4 * 1024 * 1024)}`);
    expect(errorOf(load).code).toBe("ERR_CONFIG_FILE_TOO_LARGE");
    expect(errorOf(() => load({ path: "/dev/zero" })).code).toBe("ERR_CONFIG_FILE_TOO_LARGE");
  });

  test("takes an empty file as one without keys", () => {
    expect(errorOf(() => load({ path: "/dev/null" })).problems.map(({ code }) => code)).toEqual([
      "ERR_CONFIG_MISSING_KEY",
      "ERR_CONFIG_NO_MIRRORS",
    ]);
  });

  test("creates nothing", () => {
    writeFileSync(path, file(""));
    load();
    errorOf(() => load({ path: join(directory, "absent", "mirror.toml") }));
    expect(execFileSync("ls", ["-A", directory], { encoding: "utf8" })).toBe("mirror.toml\n");
  });
});

describe("a file that names a command", () => {
  const command = 'promote = { command = ["/bin/true"] }';

  test.each([0o644, 0o600, 0o444, 0o755])("is read with mode 0%o", (mode) => {
    writeFileSync(path, file("", command));
    chmodSync(path, mode);
    expect(load().mirrors[0]?.promote.command).toEqual(["/bin/true"]);
  });

  test.each([
    [0o664, "mode 0664"],
    [0o646, "mode 0646"],
    [0o620, "mode 0620"],
    [0o602, "mode 0602"],
    [0o777, "mode 0777"],
    [0o1666, "mode 1666"],
  ])("is refused with mode 0%o", (mode, found) => {
    writeFileSync(path, file("", command));
    chmodSync(path, mode);
    expect(errorOf(load).problems).toMatchObject([
      {
        code: "ERR_CONFIG_WRITABLE_BY_OTHERS",
        path: "mirrors.m.promote.command",
        file: path,
        line: 8,
        found,
        message: expect.stringContaining(path),
      },
    ]);
  });

  test("is refused behind a symbolic link, and as a part of mirror.d", () => {
    writeFileSync(path, file(""));
    const target = dropIn("real", `${mirrorTable("x")}${command}\n${mirrorTable("y")}${command}`);
    chmodSync(target, 0o666);
    symlinkSync(target, join(directory, "mirror.d", "link.toml"));
    expect(errorOf(load).problems).toMatchObject([
      {
        code: "ERR_CONFIG_WRITABLE_BY_OTHERS",
        path: "mirrors.x.promote.command",
        file: join(directory, "mirror.d", "link.toml"),
      },
    ]);
  });

  test("is refused for one in [defaults], and for one of a wrong type, besides all else", () => {
    writeFileSync(path, file(""));
    const first = dropIn("a.toml", `[defaults]\n${command}`);
    const second = dropIn("b.toml", `${mirrorTable("x")}promote.command = "/bin/true"`);
    chmodSync(first, 0o666);
    chmodSync(second, 0o666);
    expect(errorOf(load).problems.map((one) => [one.code, one.path, one.file])).toEqual([
      ["ERR_CONFIG_WRITABLE_BY_OTHERS", "defaults.promote.command", first],
      ["ERR_CONFIG_WRONG_TYPE", "mirrors.x.promote.command", second],
      ["ERR_CONFIG_WRITABLE_BY_OTHERS", "mirrors.x.promote.command", second],
    ]);
  });

  test("is not held against the other files", () => {
    writeFileSync(path, file("", "promote = { verify = 'full' }"));
    chmodSync(path, 0o666);
    chmodSync(dropIn("a.toml", `[defaults]\n${command}`), 0o600);
    expect(load().mirrors[0]?.promote).toMatchObject({ verify: "full", command: ["/bin/true"] });
  });
});
