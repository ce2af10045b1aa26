import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { type OwnTrace, ownTrace } from "../src/own-trace.js";
import { readPlainTrace } from "../src/plain-trace.js";
import { planTraces } from "../src/plan-traces.js";

const TRACE: OwnTrace = {
  host: "mirror.example.org",
  creator: "mirrorctl 1.0.0",
  started: new Date("2026-03-02T09:40:29.100Z"),
  finished: new Date("2026-03-02T09:42:30.900Z"),
  suites: ["bookworm", "bookworm-updates"],
  architectures: ["all", "amd64", "source"],
  configured: ["amd64", "source"],
  upstream: "deb.debian.org",
  received: 123,
};

describe("the trace file of a mirror", () => {
  it("has the fields of Debian's mirror tools, below a line as date prints it", () => {
    expect(ownTrace(TRACE)).toBe(`Mon Mar  2 09:42:30 UTC 2026
Date: Mon, 02 Mar 2026 09:42:30 +0000
Date-Started: Mon, 02 Mar 2026 09:40:29 +0000
Creator: mirrorctl 1.0.0
Running on host: mirror.example.org
Suites: bookworm bookworm-updates
Architectures: all amd64 source
Architectures-Configuration: INCLUDE amd64 source
Upstream-mirror: deb.debian.org
Total bytes received: 123
Total time spent: 122
`);
  });

  it("has the dates that date itself prints", () => {
    for (const time of ["2026-01-31T23:59:59Z", "2028-02-29T00:00:00Z", "2026-12-09T12:00:01Z"]) {
      const lines = ownTrace({ ...TRACE, finished: new Date(time) }).split("\n");
      const date = (...options: string[]) =>
        execFileSync("date", ["-u", "-d", time, ...options], {
          env: { ...process.env, LC_ALL: "POSIX" },
          encoding: "utf8",
        }).trimEnd();
      expect(lines[0]).toBe(date());
      expect(lines[1]).toBe(`Date: ${date("-R")}`);
    }
  });

  it("passes the archive's serial on, if it is one, and names its maintainer", () => {
    const serial = (master: string) =>
      /^Archive serial: .*$/m.exec(ownTrace({ ...TRACE, master }))?.[0];
    expect(serial("Date: x\nArchive serial: 2026030201\n")).toBe("Archive serial: 2026030201");
    for (const line of ["2026030201x", "-1", "", "2026030201 2", "123456789012345"]) {
      expect(serial(`Archive serial: ${line}`)).toBeUndefined();
    }
    expect(ownTrace({ ...TRACE, maintainer: "Me <a@b.c>" })).toContain(
      "\nMaintainer: Me <a@b.c>\n",
    );
  });
});

describe("a trace file of upstream", () => {
  const read = (text: string | Uint8Array) => readPlainTrace(Buffer.from(text as string));

  it.each([
    "Sun Feb 28 09:40:29 UTC 2016\nCreator: ftpsync 20180513\n",
    "Maintainer: Jörg <admins@example.org>, B <b+c@d-e.example>\n",
    "Sponsor: Example <https://example.org/a/~b?>\n".replace("?", ""),
    "\tindented\n",
  ])("is plain text: %j", (text) => {
    expect(read(text)).toEqual({ text });
  });

  it.each([
    ["markup", "<!DOCTYPE html><title>Log in</title>"],
    ["markup", "  \n<html>"],
    ["markup", "Maintainer: <svg/onload=alert(1)//@x>"],
    ["markup", "a < b"],
    ["markup", "<https://example.org/ onclick=x>"],
    ["control characters", "Date: \u001b[2J"],
    ["control characters", "a\0b"],
    ["control characters", "a\rb"],
    ["control characters", "a\u202eb"],
    ["control characters", "a\u0085b"],
    ["empty", ""],
    ["empty", "\n \n"],
    ["not UTF-8", Uint8Array.from([0x44, 0xff, 0xfe])],
  ])("is not published for %s: %j", (fault, text) => {
    expect(read(text)).toEqual({ fault });
  });
});

describe("the names of trace files", () => {
  it("are those of upstream's list, but for the mirror's own and what is no name", () => {
    const list =
      "master\nftp-master.debian.org\nme.example\n../../etc/passwd\n.hidden\n_hierarchy\na/b\na b\n-x\nmaster\n";
    expect(planTraces(list, "deb.debian.org", "me.example")).toEqual({
      names: ["master", "ftp-master.debian.org"],
      refused: 6,
    });
  });

  it("are the archive's and upstream's own where there is no list", () => {
    const names = (list?: string, host = "deb.debian.org") => planTraces(list, host, "me.example");
    expect(names()).toEqual({ names: ["master", "deb.debian.org"], refused: 0 });
    expect(names("<html>\n")).toEqual({ names: ["master", "deb.debian.org"], refused: 1 });
    expect(names(undefined, "[::1]").names).toEqual(["master"]);
    expect(names(undefined, "me.example").names).toEqual(["master"]);
  });

  it("are two hundred at most", () => {
    const list = Array.from({ length: 250 }, (_, index) => `host${index}.example`).join("\n");
    const { names, refused } = planTraces(list, "u", "me.example");
    expect([names.length, refused]).toEqual([200, 50]);
  });
});
