import { parseRelease } from "@mirror/deb822";
import { describe, expect, it } from "vitest";
import { judgeFreshness, tolerateOlder } from "../src/freshness.js";

const NOW = new Date("2026-11-20T12:00:00Z");
const RULES = {
  checkValidUntil: true,
  allowRollback: false,
  allowReleaseInfoChange: false,
  maxFuture: 10_000,
};
const SEEN = {
  base: "http://a/",
  documents: {},
  date: "2026-11-19T12:00:00.000Z",
  codename: "noble",
  suite: "noble",
  origin: "Ubuntu",
  label: "Ubuntu",
};

function release(fields: Record<string, string> = {}) {
  const all = {
    Origin: "Ubuntu",
    Label: "Ubuntu",
    Suite: "noble",
    Codename: "noble",
    Date: "Fri, 20 Nov 2026 11:00:00 UTC",
    ...fields,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\n`);
  return parseRelease(
    `${lines.join("")}SHA256:\n ${"a".repeat(64)} 1 main/binary-amd64/Packages\n`,
  );
}

describe("judgeFreshness", () => {
  it("accepts a Release that is newer than the one before", () => {
    const verdict = judgeFreshness("noble", release(), SEEN, RULES, NOW);
    expect(verdict).toEqual({ older: false, remarks: [] });
  });

  it("accepts an equal Date with other bytes", () => {
    const same = release({ Date: "Thu, 19 Nov 2026 12:00:00 UTC" });
    expect(judgeFreshness("noble", same, SEEN, RULES, NOW).older).toBe(false);
  });

  it("calls a Release older whose Date is before the newest accepted", () => {
    const old = release({ Date: "Thu, 19 Nov 2026 11:59:59 UTC" });
    expect(judgeFreshness("noble", old, SEEN, RULES, NOW).older).toBe(true);
    const lenient = { ...RULES, allowRollback: true };
    expect(judgeFreshness("noble", old, SEEN, lenient, NOW).older).toBe(false);
  });

  it("refuses a Release past its Valid-Until, unless told not to look", () => {
    const expired = release({ "Valid-Until": "Fri, 20 Nov 2026 11:59:59 UTC" });
    expect(() => judgeFreshness("noble", expired, undefined, RULES, NOW)).toThrowError(
      expect.objectContaining({ code: "ERR_SYNC_EXPIRED_RELEASE" }),
    );
    const lenient = { ...RULES, checkValidUntil: false };
    expect(judgeFreshness("noble", expired, undefined, lenient, NOW).older).toBe(false);
  });

  it("refuses a Date beyond max_future, and only beyond it", () => {
    const at = (seconds: string) => release({ Date: `Fri, 20 Nov 2026 12:00:${seconds} UTC` });
    expect(judgeFreshness("noble", at("10"), undefined, RULES, NOW).older).toBe(false);
    expect(() => judgeFreshness("noble", at("11"), undefined, RULES, NOW)).toThrowError(
      expect.objectContaining({ code: "ERR_SYNC_NOT_YET_VALID" }),
    );
  });

  it.each(["Codename", "Origin", "Label"])("refuses another %s than before", (field) => {
    const changed = release({ [field]: "other" });
    expect(() => judgeFreshness("noble", changed, SEEN, RULES, NOW)).toThrowError(
      expect.objectContaining({ code: "ERR_SYNC_RELEASE_CHANGED" }),
    );
    const lenient = { ...RULES, allowReleaseInfoChange: true };
    expect(judgeFreshness("noble", changed, SEEN, lenient, NOW).remarks).toHaveLength(1);
  });

  it("remarks on another Suite, as when testing becomes stable", () => {
    const changed = release({ Suite: "stable" });
    expect(judgeFreshness("noble", changed, SEEN, RULES, NOW).remarks).toHaveLength(1);
  });

  it("remarks on a first Release that carries another name than the configured one", () => {
    expect(judgeFreshness("jammy", release(), undefined, RULES, NOW).remarks).toHaveLength(1);
    expect(judgeFreshness("noble", release(), undefined, RULES, NOW).remarks).toEqual([]);
    expect(judgeFreshness("noble/updates", release(), undefined, RULES, NOW).remarks).toEqual([]);
    expect(judgeFreshness("noble/org/8.0", release(), undefined, RULES, NOW).remarks).toHaveLength(
      1,
    );
    const vendor = release({ Codename: "noble/org", Suite: "other" });
    expect(judgeFreshness("noble/org/8.0", vendor, undefined, RULES, NOW).remarks).toEqual([]);
    expect(judgeFreshness("./", release(), undefined, RULES, NOW).remarks).toEqual([]);
  });
});

describe("tolerateOlder", () => {
  it("remembers since when upstream is older, and gives up after 24 hours", () => {
    const first = tolerateOlder("noble", SEEN, NOW);
    expect(first.olderSince).toBe(NOW.toISOString());
    const later = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000);
    expect(tolerateOlder("noble", first, later(23)).olderSince).toBe(NOW.toISOString());
    expect(() => tolerateOlder("noble", first, later(24))).toThrowError(
      expect.objectContaining({ code: "ERR_SYNC_ROLLBACK" }),
    );
  });
});
