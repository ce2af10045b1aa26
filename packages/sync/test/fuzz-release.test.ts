import { createContext, Script } from "node:vm";
import { Deb822Error, parseRelease, type Release } from "@mirror/deb822";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SyncError } from "../src/index.js";
import { planIndices } from "../src/plan-indices.js";

// FUZZ_SECONDS and FUZZ_SEED are for more of it, and for the same again.
const seconds = Number(process.env.FUZZ_SECONDS ?? 2.5);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 0x7fff_ffff);
const MEGABYTE = 1_000_000;

const SPEC = {
  components: ["main"],
  architectures: ["amd64"],
  sources: true,
  indices: { translations: "all", contents: true, commands: true, dep11: true },
  byHash: "auto",
} as const;

const script = new Script("run()");
// One for all: a context costs more memory than what it is here to bound.
const place: { run?: () => unknown } = createContext({});

/** Runs in this thread, and is stopped if it does not come to an end. */
function withinTime<T>(run: () => T): T {
  place.run = run;
  return script.runInContext(place, { timeout: 10_000 });
}

/** What comes of a text; throws what is not one of the errors that the engine knows. */
function outcome(text: string, next: (release: Release) => void = plan): string {
  try {
    const release = withinTime(() => parseRelease(text));
    withinTime(() => next(release));
    return "accepted";
  } catch (error) {
    if (error instanceof Deb822Error || error instanceof SyncError) return error.code;
    throw error;
  }
}

function plan(release: Release): void {
  planIndices(SPEC, [{ suite: "stable", directory: "dists/stable/", release }]);
}

const digest = (length: number) =>
  fc
    .string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length })
    .map((hex) => (hex.length === length ? hex : hex.padEnd(length, "0")));
const nastyPath = fc.constantFrom(
  "main/binary-amd64/Packages",
  "main/binary-amd64/Packages.xz",
  "main/source/Sources.gz",
  "Contents-amd64.gz",
  "../../etc/passwd",
  "/etc/passwd",
  "main/./binary-amd64//Packages.gz",
  "__proto__",
  "constructor",
  "main/binary-amd64/Packages\u0000",
  "a\\b",
  "%2e%2e/x",
  "x".repeat(5000),
  "main/i18n/Translation-\u202e",
);
const size = fc.oneof(
  fc.nat(),
  fc.constantFrom("-1", "0x10", "1e9", "9007199254740993", "18446744073709551616", "", "١"),
);
const entry = fc
  .tuple(fc.constantFrom(" ", "\t", "  "), fc.constantFrom(32, 40, 64, 128, 63), size, nastyPath)
  .chain(([blank, length, bytes, path]) =>
    digest(length).map((hex) => `${blank}${hex}${blank}${bytes}${blank}${path}`),
  );
const list = fc
  .tuple(fc.constantFrom("MD5Sum", "SHA1", "SHA256", "SHA512", "sha256"), fc.array(entry))
  .map(([name, entries]) => [`${name}:`, ...entries].join("\n"));
const date = fc.oneof(
  fc.date({ noInvalidDate: true }).map((one) => one.toUTCString()),
  fc.constantFrom("Sat, 30 Feb 2026 00:00:00 UTC", "2026-01-01", "Thu, 01 Jan 1970 99:00:00 GMT"),
  fc.string(),
);
const field = fc.oneof(
  { weight: 4, arbitrary: list },
  fc
    .tuple(fc.constantFrom("Date", "Valid-Until"), date)
    .map(([name, value]) => `${name}: ${value}`),
  fc
    .tuple(
      fc.constantFrom("Suite", "Codename", "Components", "Architectures", "__proto__", "Origin"),
      fc.oneof(fc.constantFrom("stable", "main contrib", "amd64 all", "\u2028", ""), fc.string()),
    )
    .map(([name, value]) => `${name}: ${value}`),
  fc.constantFrom(
    "Acquire-By-Hash: yes",
    "",
    "# comment",
    ":",
    " ",
    "-----BEGIN PGP SIGNATURE-----",
  ),
  fc.string({ unit: "binary" }),
);
const release = fc.array(field, { maxLength: 12 }).map((lines) => `${lines.join("\n")}\n`);
const good = `Origin: Test\nSuite: stable\nCodename: test\nDate: Sat, 21 Nov 2026 04:00:00 UTC
Architectures: amd64 all\nComponents: main\nAcquire-By-Hash: yes\nSHA256:
 ${"a".repeat(64)} 10 main/binary-amd64/Packages.xz
 ${"b".repeat(64)} 0 main/binary-amd64/Packages
 ${"c".repeat(64)} 77 main/source/Sources.gz
`;
const piece = fc.oneof(
  fc.constantFrom(
    "",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    ":",
    "\0",
    "\v",
    "\ufeff",
    "\u2028",
    "SHA256:\n",
  ),
  fc.string({ unit: "binary", maxLength: 3 }),
);
const mutated = fc
  .tuple(
    fc.oneof(fc.constant(good), release),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(40), piece), {
      minLength: 1,
      maxLength: 6,
    }),
  )
  .map(([text, changes]) =>
    changes.reduce((changing, [where, length, inserted]) => {
      const at = Math.floor(where * changing.length);
      return changing.slice(0, at) + inserted + changing.slice(at + length);
    }, text),
  );

describe(`a Release that nobody wrote (seed ${seed})`, () => {
  it(
    "ends in a plan or in an error with a code, soon and in little memory",
    () => {
      const before = process.memoryUsage().rss;
      const seen = new Map<string, number>();
      const property = fc.property(fc.oneof(release, mutated), (text) => {
        const code = outcome(text);
        seen.set(code, (seen.get(code) ?? 0) + 1);
      });
      const interruptAfterTimeLimit = seconds * 1000;
      fc.assert(property, {
        seed,
        numRuns: 10_000_000,
        interruptAfterTimeLimit,
        markInterruptAsFailure: false,
      });
      expect(process.memoryUsage().rss - before).toBeLessThan(250 * MEGABYTE);
      // The texts are such that much of the reader is reached.
      expect(seen.size).toBeGreaterThan(5);
      if (seconds > 10) console.log(Object.fromEntries(seen));
    },
    60_000 + seconds * 2000,
  );

  it("is read or refused soon when it is as large as it may be", () => {
    const bytes = 9_900_000;
    const entries = (make: (i: number) => string) => {
      const lines = ["SHA256:"];
      for (let i = 0, length = 0; length < bytes; i++) {
        const line = ` ${"a".repeat(64)} ${i} ${make(i)}`;
        length += line.length + 1;
        lines.push(line);
      }
      return `${good}${lines.join("\n")}\n`.replace(/^SHA256:\n(?: .*\n)+/m, "");
    };
    const texts = [
      entries((i) => `main/${i}`),
      entries(() => "main/binary-amd64/Packages"),
      `Origin:${" ".repeat(bytes)}x\n`,
      `Components:${" a".repeat(bytes / 2)}\n`,
      `Date: ${"1".repeat(bytes)}\n`,
      `Valid-Until: ${" 1".repeat(bytes / 2)}\n`,
      `SHA256:\n ${"a".repeat(64)} ${"9".repeat(bytes)} x\n`,
      `SHA256:\n ${"a ".repeat(bytes / 2)}\n`,
      "a:\n".repeat(bytes / 3),
      "\n".repeat(bytes),
      ` \n`.repeat(bytes / 2),
      ":".repeat(bytes),
      `Origin: x\n${" \t".repeat(bytes / 2)}`,
      "\r".repeat(bytes),
    ];
    for (const text of texts) {
      const before = process.memoryUsage().rss;
      expect(outcome(text, () => undefined)).toMatch(/^(?:accepted|ERR_DEB822_[A-Z0-9_]+)$/);
      expect(process.memoryUsage().rss - before).toBeLessThan(400 * MEGABYTE);
    }
  });
});
