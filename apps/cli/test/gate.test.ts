import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createKey, revokeKey } from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { BUNDLE } from "./e2e/mirrorctl.js";
import { mirrorctl } from "./host.js";
import { openWorkshop, type Told, type Workshop } from "./workshop.js";

const DAY = 24 * 60 * 60 * 1000;
const DEB = "pool/main/h/hello/hello_2_amd64.deb";
const INDEX = "dists/stable/main/binary-amd64/Packages.gz";

/** `s1` is in production, and `s2` in staging: what the gate is asked about. */
async function openStaged(): Promise<Workshop> {
  const workshop = await openWorkshop(["1", "2"]);
  await workshop.succeed("snapshot", "publish", "demo", "s1");
  await workshop.succeed("snapshot", "stage", "demo", "s2");
  return workshop;
}

const settings = (lines: string) => ({ demo: `promote = { ${lines} }` });

/** Both ways to production, and the way of a dry run. */
const WAYS = [
  ["snapshot", "promote", "demo"],
  ["snapshot", "publish", "demo", "s2"],
  ["snapshot", "promote", "demo", "--dry-run"],
];

/** What the gate says in each way, which all are refused and leave everything as it was. */
async function refusedBy(workshop: Workshop): Promise<string> {
  const said = new Set<string>();
  const before = (await workshop.succeed("history", "demo")).document.mirrors[0].entries.length;
  for (const words of WAYS) {
    const told = await workshop.tell(...words);
    expect([words, told.status, told.code]).toEqual([words, 1, "ERR_CLI_GATE_REFUSED"]);
    const { problems } = told.document.mirrors[0].error;
    said.add(problems.map(({ message }: { message: string }) => message).join("\n"));
  }
  expect([workshop.shows("current"), workshop.shows(".current.previous")]).toEqual([
    "s1",
    undefined,
  ]);
  const { document } = await workshop.succeed("history", "demo");
  expect(document.mirrors[0].entries).toHaveLength(before);
  expect([...said]).toHaveLength(1);
  return [...said].join();
}

async function passed(workshop: Workshop, ...words: string[]): Promise<Told> {
  const told = await workshop.succeed("snapshot", "promote", "demo", ...words);
  expect(workshop.shows("current")).toBe("s2");
  return told;
}

/** Another byte in the middle of a file whose size and time stay. */
function flipByte(path: string): void {
  const { mtime, atime } = statSync(path);
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

describe("verify", () => {
  const damage: Readonly<Record<string, (workshop: Workshop) => void>> = {
    "a package that is gone": ({ snapshotPath }) => rmSync(join(snapshotPath("s2"), DEB)),
    "a package of another size": ({ snapshotPath }) =>
      writeFileSync(join(snapshotPath("s2"), DEB), "short"),
    "an index with another byte": ({ snapshotPath }) => flipByte(join(snapshotPath("s2"), INDEX)),
    "a Release with another byte": ({ snapshotPath }) =>
      flipByte(join(snapshotPath("s2"), "dists/stable/InRelease")),
  };

  test.each(Object.entries(damage))("finds %s, quick and full", async (_what, harm) => {
    const workshop = await openStaged();
    harm(workshop);
    for (const lines of ["", 'verify = "quick"', 'verify = "full"']) {
      await workshop.configure(settings(lines));
      expect(await refusedBy(workshop)).toMatch(/^verify: \d+ problems?/);
    }
    await workshop.configure(settings('verify = "off"'));
    await passed(workshop);
  });

  test("finds a byte in a package only where every file is hashed", async () => {
    const workshop = await openStaged();
    flipByte(join(workshop.snapshotPath("s2"), DEB));
    await workshop.configure(settings('verify = "full"'));
    expect(await refusedBy(workshop)).toContain(DEB);
    await workshop.configure(settings('verify = "quick"'));
    await passed(workshop);
  });

  test("of a manifest that was cut is no matter of the gate: it always refuses", async () => {
    const workshop = await openStaged();
    const manifest = join(workshop.snapshotPath("."), ".s2.manifest");
    writeFileSync(manifest, readFileSync(manifest).subarray(0, -80));
    await workshop.configure(settings('verify = "off"'));
    for (const words of WAYS) {
      const told = await workshop.tell(...words, "--no-gate");
      expect(told).toMatchObject({ status: 1, code: "ERR_SNAPSHOT_BAD_MANIFEST" });
    }
    expect(workshop.shows("current")).toBe("s1");
  });
});

describe("counts", () => {
  test("min_packages refuses fewer, and says how many there are", async () => {
    const workshop = await openStaged();
    await workshop.configure(settings("min_packages = 3"));
    const said = await refusedBy(workshop);
    expect(said).toMatch(/^min_packages: stable main amd64: 2 packages, expected at least 3$/);
    await workshop.configure(settings("min_packages = 2"));
    await passed(workshop);
  });

  test.each(["quick", "off"])(
    "max_shrink refuses a larger loss, and says how large it is (verify %s)",
    async (verify) => {
      const workshop = await openStaged();
      await workshop.repository.publish({
        suites: { stable: { add: [1, 2, 3].map((n) => ({ package: `p${n}`, version: "1" })) } },
      });
      await workshop.succeed("sync");
      await workshop.succeed("snapshot", "create", "demo", "full");
      await workshop.succeed("snapshot", "publish", "demo", "full");
      await workshop.configure(settings(`verify = "${verify}", max_shrink = "50%"`));
      const told = await workshop.tell("snapshot", "promote", "demo");
      expect(told).toMatchObject({ status: 1, code: "ERR_CLI_GATE_REFUSED" });
      expect(told.document.mirrors[0].error.problems[0].message).toBe(
        "max_shrink: stable main amd64: 5 packages in production, 2 here: 60% fewer, expected at most 50%",
      );
      expect(workshop.shows("current")).toBe("full");
      await workshop.configure(settings(`verify = "${verify}", max_shrink = "60%"`));
      await passed(workshop);
    },
  );

  test("every reason is told, not only the first", async () => {
    const workshop = await openStaged();
    rmSync(join(workshop.snapshotPath("s2"), DEB));
    await workshop.configure(settings('min_packages = 100, command = ["false"]'));
    const lines = (await refusedBy(workshop)).split("\n");
    expect(lines.map((line) => line.split(":")[0])).toEqual(["verify", "min_packages"]);
  });
});

describe("require_valid", () => {
  /** A Release that is valid for a minute, looked at a day later. */
  const openExpired = async () => {
    const workshop = await openWorkshop(["1"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    const validUntil = new Date(Date.now() + 10 * 60_000);
    await workshop.repository.publish({ suites: { stable: { validUntil } } });
    await workshop.succeed("sync");
    await workshop.succeed("snapshot", "create", "demo", "s2", "--stage");
    return workshop;
  };
  const tomorrow = async ({ config }: Workshop) => {
    const words = ["snapshot", "promote", "demo", "--json", "-c", config];
    const now = () => new Date(Date.now() + DAY);
    const { status, stdout } = await mirrorctl(words, { now });
    return { status, mirror: JSON.parse(stdout).mirrors[0] };
  };

  test.each(["quick", "full"])("refuses a Release that has expired (verify %s)", async (verify) => {
    const workshop = await openExpired();
    await workshop.configure(settings(`verify = "${verify}", require_valid = true`));
    const { status, mirror } = await tomorrow(workshop);
    expect(status).toBe(1);
    expect(mirror.error.code).toBe("ERR_CLI_GATE_REFUSED");
    expect(mirror.error.problems[0].message).toMatch(/^require_valid: .*valid/i);
    expect(workshop.shows("current")).toBe("s1");
    await passed(workshop);
  });

  test.each(["quick", "off"])("or not: then it is a warning (verify %s)", async (verify) => {
    const workshop = await openExpired();
    await workshop.configure(settings(`verify = "${verify}"`));
    const { status, mirror } = await tomorrow(workshop);
    expect(status).toBe(0);
    expect(mirror.gate).toMatchObject({ result: "passed", warnings: [expect.any(String)] });
    expect(workshop.shows("current")).toBe("s2");
  });

  const KEYS: Readonly<Record<string, (workshop: Workshop) => Promise<string>>> = {
    "that is removed": async () => (await createKey()).armoredPublic,
    "that is revoked": async ({ repository: { keys } }) => {
      const [key] = keys;
      if (key === undefined) throw new TypeError("a repository without a key");
      return (await revokeKey(key)).armoredPublic;
    },
  };

  test.each(Object.entries(KEYS))("refuses a key %s", async (_what, keyring) => {
    const workshop = await openStaged();
    writeFileSync(workshop.keyring, await keyring(workshop));
    await workshop.configure(settings("require_valid = true"));
    expect(await refusedBy(workshop)).toMatch(/^require_valid: /);
    await workshop.configure(settings("require_valid = false"));
    const { document } = await passed(workshop);
    expect(document.mirrors[0].gate.warnings).toHaveLength(1);
  });

  test("cannot be judged without verifying", async () => {
    const workshop = await openStaged();
    await workshop.configure(settings('verify = "off", require_valid = true'));
    const told = await workshop.tell("snapshot", "promote", "demo");
    expect(told.status).toBe(1);
    expect(workshop.shows("current")).toBe("s1");
  });

  test("a keyring that cannot be read fails the gate, and not who passes it unchecked", async () => {
    const workshop = await openStaged();
    rmSync(workshop.keyring);
    const told = await workshop.tell("snapshot", "promote", "demo");
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_UNREADABLE_FILE" });
    expect(workshop.shows("current")).toBe("s1");
    await passed(workshop, "--no-gate");
  });
});

describe("command", () => {
  /** A command of the gate: a script for sh. */
  const withScript = async (workshop: Workshop, script: string, more = "") => {
    const path = join(workshop.root, "check.sh");
    writeFileSync(path, script);
    await workshop.configure(settings(`command = ["sh", "${path}", "a b"]${more}`));
  };

  test("is told which snapshot it is about, and prints to stderr", async () => {
    const workshop = await openStaged();
    const told = join(workshop.root, "told");
    await withScript(
      workshop,
      `{ env; echo "cwd=$PWD"; echo "arg=$1"; ls "$MIRRORCTL_PATH"; } > ${told}
echo on stdout; echo on stderr >&2`,
    );
    const { stderr, stdout } = await passed(workshop);
    expect(stdout).not.toContain("on stdout");
    expect(stderr).toContain("on stdout\n");
    expect(stderr).toContain("on stderr\n");
    const lines = readFileSync(told, "utf8").split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "MIRRORCTL_MIRROR=demo",
        "MIRRORCTL_SNAPSHOT=s2",
        `MIRRORCTL_PATH=${workshop.snapshotPath("s2")}`,
        "cwd=/",
        "arg=a b",
        "dists",
        "pool",
      ]),
    );
  });

  test("says all that it has to say, however much it is", async () => {
    const workshop = await openStaged();
    await withScript(workshop, "head -c 60000 /dev/zero | tr '\\0' x; echo end");
    const { stderr } = await passed(workshop);
    expect(stderr.match(/x+end\n/)?.[0]).toHaveLength(60_004);
  });

  test.each([
    ["exit 3", /^command: sh ended with status 3$/],
    ["kill -9 $$", /^command: sh was ended by SIGKILL$/],
  ])("refuses by '%s'", async (script, reason) => {
    const workshop = await openStaged();
    await withScript(workshop, script);
    expect(await refusedBy(workshop)).toMatch(reason);
  });

  test("is not asked about what the checks before refuse", async () => {
    const workshop = await openStaged();
    const mark = join(workshop.root, "asked");
    await withScript(workshop, `touch ${mark}`, ", min_packages = 100");
    await refusedBy(workshop);
    expect(existsSync(mark)).toBe(false);
  });

  test.each(["/nonexistent/check", "nonexistent-check", "/etc"])(
    "that cannot be started refuses: %s",
    async (program) => {
      const workshop = await openStaged();
      await workshop.configure(settings(`command = ["${program}"]`));
      expect(await refusedBy(workshop)).toMatch(/^command: .* could not be started: /);
    },
  );

  test("leaves no wait for what it started and left behind", async () => {
    const workshop = await openStaged();
    const pid = join(workshop.root, "pid");
    await withScript(workshop, `sleep 60 & echo $! > ${pid}`);
    const since = performance.now();
    await passed(workshop);
    expect(performance.now() - since).toBeLessThan(20_000);
    process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL");
  });

  /** Runs the built command, as what it leaves behind is looked at after its end. */
  const promote = async (workshop: Workshop, act?: (child: ReturnType<typeof spawn>) => void) => {
    const words = ["snapshot", "promote", "demo", "--json", "-c", workshop.config];
    const child = spawn(process.execPath, [BUNDLE, ...words], { env: { PATH: process.env.PATH } });
    onTestFinished(() => void child.kill("SIGKILL"));
    act?.(child);
    const [stdout, [status]] = await Promise.all([text(child.stdout), once(child, "close")]);
    return { status, document: JSON.parse(stdout) };
  };
  /** A script that does not end, nor does what it starts: one of these by no signal that asks. */
  const stubborn = (workshop: Workshop) => `cd ${workshop.root}
sleep 300 & echo $! >> pids
sh -c 'trap "" TERM; echo $$ >> pids; sleep 300 & echo $! >> pids; echo ready; wait; sleep 300' &
wait`;
  const survivors = (workshop: Workshop) =>
    readFileSync(join(workshop.root, "pids"), "utf8").trim().split("\n").filter(isRunning);

  test("that takes too long is ended with all that it has started", async () => {
    const workshop = await openStaged();
    await withScript(workshop, stubborn(workshop), ', timeout = "1s"');
    const { status, document } = await promote(workshop);
    expect(status).toBe(1);
    const [{ error }] = document.mirrors;
    expect(error.code).toBe("ERR_CLI_GATE_REFUSED");
    expect(error.problems[0].message).toBe("command: sh did not end within 1 s");
    expect(survivors(workshop)).toEqual([]);
    expect(workshop.shows("current")).toBe("s1");
  });

  test("ends with mirrorctl, and moves nothing", async () => {
    const workshop = await openStaged();
    await withScript(workshop, stubborn(workshop));
    const { status, document } = await promote(workshop, (child) => {
      let said = "";
      child.stderr?.on("data", (bytes: Buffer) => {
        said += bytes;
        if (said.includes("ready")) child.kill("SIGTERM");
      });
    });
    expect(status).toBe(143);
    expect(document.mirrors[0].ok).toBe(false);
    expect(survivors(workshop)).toEqual([]);
    expect(workshop.shows("current")).toBe("s1");
  });
});

/** Whether a process runs: one that nobody has asked for its status runs no more. */
function isRunning(pid: string): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

describe("--no-gate", () => {
  test.each([["promote"], ["publish"]])("lets %s pass, and is on record", async (verb) => {
    const workshop = await openStaged();
    rmSync(join(workshop.snapshotPath("s2"), DEB));
    await workshop.configure(settings('min_packages = 100, command = ["false"]'));
    await refusedBy(workshop);
    const words = verb === "publish" ? ["demo", "s2"] : ["demo"];
    const { document, stderr } = await workshop.succeed("snapshot", verb, ...words, "--no-gate");
    expect(document.mirrors[0].gate).toEqual({ result: "skipped", warnings: [] });
    expect(stderr).toMatch(/^WARN .*--no-gate/m);
    expect(workshop.shows("current")).toBe("s2");
    const { document: history } = await workshop.succeed("history", "demo");
    expect(history.mirrors[0].entries.at(-1)).toMatchObject({
      kind: verb,
      to: "s2",
      note: { gate: "skipped" },
    });
  });

  test("is not needed by what passes, which is on record too", async () => {
    const workshop = await openStaged();
    await passed(workshop);
    const { document } = await workshop.succeed("history", "demo");
    expect(document.mirrors[0].entries.at(-1)).toMatchObject({
      kind: "promote",
      note: { gate: "passed" },
    });
  });
});

test.each([0o602, 0o620])("a command of a configuration of mode %o is never run", async (mode) => {
  const workshop = await openStaged();
  const mark = join(workshop.root, "run");
  await workshop.configure(settings(`command = ["touch", "${mark}"]`));
  chmodSync(workshop.config, mode);
  for (const words of [...WAYS, ["snapshot", "promote", "demo", "--no-gate"]]) {
    const told = await workshop.tell(...words);
    expect(told).toMatchObject({ status: 1, code: "ERR_CONFIG_WRITABLE_BY_OTHERS" });
  }
  expect(existsSync(mark)).toBe(false);
  expect(workshop.shows("current")).toBe("s1");
  chmodSync(workshop.config, 0o640);
  await passed(workshop);
  expect(existsSync(mark)).toBe(true);
});
