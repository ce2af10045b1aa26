import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { architectureTuple, matchesArchitecture } from "../src/index.js";

const dpkg = spawnSync("perl", ["-MDpkg::Arch", "-e1"]).status === 0;

describe("matchesArchitecture", () => {
  test.each([
    ["amd64", "any", true],
    ["all", "any", true],
    ["all", "linux-any", false],
    ["source", "any-any", false],
    ["amd64", "linux-any", true],
    ["amd64", "any-amd64", true],
    ["x32", "any-amd64", true],
    ["armhf", "any-arm", true],
    ["kfreebsd-amd64", "linux-any", false],
    ["kfreebsd-amd64", "gnu-any-any", true],
    ["musl-linux-amd64", "musl-any-any", true],
    ["musl-linux-amd64", "base-musl-linux-any", true],
    ["amd64", "linux-amd64", true],
    ["amd64", "i386", false],
    ["amd64", "any-any-any-any-any", false],
    ["amd64", "Linux-any", false],
    ["own", "own", true],
    ["own", "linux-any", false],
    ["__proto__", "linux-any", false],
  ])("%s fits %s: %s", (architecture, wildcard, expected) => {
    expect(matchesArchitecture(architecture, wildcard)).toBe(expected);
  });

  test.skipIf(!dpkg && process.env.CI === undefined)(
    dpkg ? "agrees with dpkg" : "agrees with dpkg (skipped: needs perl and dpkg-dev)",
    () => {
      const known = String(execFileSync("dpkg-architecture", ["-L"]))
        .trim()
        .split("\n");
      const wildcards = [
        ..."any linux-any any-amd64 any-arm any-mips64 kfreebsd-any gnu-any-any musl-linux-any".split(
          " ",
        ),
        ..."eabihf-any-any-any any-any any-gnu-linux-any armhf linux-armhf hurd-i386 foo any-foo".split(
          " ",
        ),
      ];
      const script =
        "while(<>){my($a,$w)=split; print debarch_is($a,$w)?1:0,' ',join('-',debarch_to_debtuple($a)),qq(\\n)}";
      const pairs = known.flatMap((a) => wildcards.map((w) => [a, w] as const));
      const input = pairs.map((pair) => `${pair.join(" ")}\n`).join("");
      const answers = execFileSync(
        "perl",
        ["-MDpkg::Arch=debarch_is,debarch_to_debtuple", "-e", script],
        { input, maxBuffer: 1 << 26 },
      );
      const ours = pairs.map(([a, w]) => {
        const { abi, libc, os, cpu } = architectureTuple(a) ?? expect.fail(a);
        return `${Number(matchesArchitecture(a, w))} ${abi}-${libc}-${os}-${cpu}`;
      });
      expect(ours).toEqual(String(answers).trim().split("\n"));
    },
  );
});
