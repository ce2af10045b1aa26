import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseConfig } from "@mirror/config";
import { describe, expect, test } from "vitest";
import { HINTS } from "../src/hints.js";

const GUIDES = fileURLToPath(new URL("../../../docs/guides/", import.meta.url));
const ENV = { CREDENTIALS_DIRECTORY: "/run/credentials/mirrorctl.service" };

describe.each(readdirSync(GUIDES).filter((name) => name.endsWith(".md")))(
  "the guide %s",
  (name) => {
    const guide = readFileSync(join(GUIDES, name), "utf8");
    const examples = [...guide.matchAll(/^```toml\n([\s\S]*?)^```$/gm)].map(
      ([, text]) => text ?? "",
    );

    test("names codes that exist", () => {
      const codes = [...guide.matchAll(/\bERR_[A-Z_]+\b/g)].map(([code]) => code);
      expect(codes.filter((code) => !(code in HINTS))).toEqual([]);
    });

    test("has configurations that are right", () => {
      for (const text of examples) {
        const { mirrors } = parseConfig([{ path: name, text }], { env: ENV, home: "/home/me" });
        expect(mirrors.length).toBeGreaterThan(0);
      }
    });
  },
);
