// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what the files hold
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorOf, file, parse } from "./given.js";

const SECRET = "hunter2";

function everythingTold(text: string, env = {}): string {
  const error = errorOf(() => parse(text, { env }));
  return `${inspect(error, { depth: 9 })}${JSON.stringify(error)}${error.message}`;
}

describe("a password", () => {
  test.each([
    `url = "https://me:${SECRET}@host/x?y"`,
    `url = "https://me:${SECRET}@host:99999/"`,
    `url = "https://me:a@b/${SECRET}@host/x#y"`,
    `url = "ftp://me:${SECRET}@host/"`,
    `url = "me:${SECRET}@host/debian"`,
    `url = "${SECRET}@host/debian"`,
    `url = "file://me:${SECRET}@host/"`,
    `url = "file:me:${SECRET}@host/"`,
    `url = "file:///x?token=${SECRET}"`,
    `url = "https://host/x?token=${SECRET}"`,
    `url = "host/x?token=${SECRET}"`,
    `url = "https://host/x#${SECRET}"`,
    `url = "https://me:${SECRET}/debian"`,
    `url = "https://me:${SECRET}"`,
    `url = "https://me:${SECRET}@ho st/"`,
    `url = "https://me:\${X}${SECRET}@host/"`,
    `url = "https://me:\${X-${SECRET}@host/"`,
    `urls = ["https://me:${SECRET}@host/?x"]`,
    `urls = "https://me:${SECRET}@host/?x"`,
    `url = ["https://me:${SECRET}@host/"]`,
    `url = "http://a"\nproxy = "socks://me:${SECRET}@host/"`,
    `url = "http://a"\nproxy = "http://me:${SECRET}@host/path"`,
    `url = "http://a"\nby_hash = "https://me:${SECRET}@host/"`,
    `url = "http://a"\nunknown = "https://me:${SECRET}@host/"`,
    `url = "http://a"\nunknown = "${SECRET}"`,
    `url = "http://a"\nauth_file = "${SECRET}"`,
    `url = "https://me:${SECRET}@host/`,
    `url = https://me:${SECRET}@host/`,
    `url = "https://host/x?token=${SECRET}`,
    `"https://me:${SECRET}@host/" = `,
  ])("is in nothing that is told: %s", (line) => {
    expect(everythingTold(file("", line, "url"))).not.toContain(SECRET);
  });

  test("of a variable is in nothing that is told", () => {
    for (const [value, url] of [
      [SECRET, "https://me:${P}@host/?x"],
      [`${SECRET}/x`, "https://me:${P}@host/"],
      [`https://me:${SECRET}@host/?x`, "${P}"],
      [`gopher://me:${SECRET}@host/`, "${P}"],
      [`https://me:${SECRET}@host:99999/`, "${P}"],
      [SECRET, "file://${P}"],
      [SECRET, "/${P}"],
    ]) {
      const told = everythingTold(file("", `url = "${url}"`, "url"), { P: value });
      expect(told).not.toContain(SECRET);
    }
  });

  test("is in nothing that is told, wherever the URL is broken", () => {
    const url = `https://me:${SECRET}@host/debian`;
    const broken = fc
      .tuple(fc.nat(url.indexOf(SECRET)), fc.constantFrom(..." \\?#@/:[]\"'\n\0é"))
      .map(([at, mark]) => `url = "${url.slice(0, at)}${mark}${url.slice(at)}`);
    fc.assert(
      fc.property(broken, fc.constantFrom("", '"', "?x"), (line, end) => {
        expect(everythingTold(file("x = 1", line + end, "url"))).not.toContain(SECRET);
      }),
      { numRuns: 150 },
    );
  });
});
