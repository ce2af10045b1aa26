import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as library from "../src/index.js";
import { compareWithPythonDebian, hasPythonDebian } from "./long/python-debian-library.mjs";

const status = "/var/lib/dpkg/status";
const lists = "/var/lib/apt/lists";
const usable = hasPythonDebian() && existsSync(status);
const title = usable ? "" : " (skipped: needs python3-debian, python3-apt and dpkg's status file)";
const catFile = (file: string) =>
  spawnSync("/usr/lib/apt/apt-helper", ["cat-file", file], { maxBuffer: 1 << 26 });

describe.skipIf(!usable && process.env.CI === undefined)(
  `every field is as python3-debian reads it${title}`,
  () => {
    test.each(["apt_pkg", "pure"])("in dpkg's status file, read by %s", async (backend) => {
      const { stanzas } = await compareWithPythonDebian(library, status, backend);
      expect(stanzas).toBeGreaterThan(10);
    });

    test("in the smaller indices that apt has fetched", async () => {
      const directory = mkdtempSync(join(tmpdir(), "deb822-"));
      try {
        const indices = existsSync(lists) ? readdirSync(lists) : [];
        for (const index of indices.filter((name) => /(Packages|Sources)(\.|$)/.test(name))) {
          const { status, stdout } = catFile(join(lists, index));
          if (status !== 0 || stdout.length > 8_000_000 || stdout.length === 0) continue;
          const file = join(directory, "index");
          writeFileSync(file, stdout);
          const { stanzas } = await compareWithPythonDebian(library, file, "apt_pkg");
          expect(stanzas).toBeGreaterThan(0);
        }
      } finally {
        rmSync(directory, { recursive: true });
      }
    }, 30_000);
  },
);
