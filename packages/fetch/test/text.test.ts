import { describe, expect, it } from "vitest";
import { escapeText } from "../src/escape-text.js";
import { encodePath, redactUrl } from "../src/index.js";
import { randomTexts } from "./random-text.js";

describe("redactUrl", () => {
  it.each([
    ["https://me:secret@deb.example.org/debian/", "https://deb.example.org/debian/"],
    ["https://token@deb.example.org:8443/a?b=c#d", "https://deb.example.org:8443/a?***"],
    ["http://deb.example.org/a%3ab", "http://deb.example.org/a%3ab"],
    ["http://me:sec/ret@host:port/", "http://host:port/"],
    ["me:secret@host/path", "host/path"],
    ["//me:secret@host/path?x=secret", "//host/path?***"],
    ["file:///srv/me@home/pool/", "file:///srv/me@home/pool/"],
    ["file://me:secret@host/path", "file://host/path"],
    ["file:me:secret@host/path", "host/path"],
  ])("%s becomes %s", (url, redacted) => {
    expect(redactUrl(url)).toBe(redacted);
  });

  it("shows neither user nor password nor query of any URL", () => {
    const plain = [..."abcxyz019.~!$&'()*+,;=-_"];
    for (const text of randomTexts(500, plain)) {
      expect(redactUrl(`http://${text}:pw${text}@deb.example.org/x?t=${text}`)).toBe(
        "http://deb.example.org/x?***",
      );
    }
  });

  it("never holds control characters", () => {
    for (const text of randomTexts(2000)) {
      expect(redactUrl(text)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(redactUrl(`http://h/${text}`)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });
});

describe("escapeText", () => {
  it("makes what a terminal would obey visible", () => {
    expect(escapeText("a\x1b[31m\r\n\u202eb\u2028")).toBe(
      "a\\u{1b}[31m\\u{d}\\u{a}\\u{202e}b\\u{2028}",
    );
  });

  it("is bounded", () => {
    expect(escapeText("x".repeat(1_000_000)).length).toBeLessThan(400);
  });
});

describe("encodePath", () => {
  it.each([
    ["pool/main/l/foo_1%3a2~rc1+b1.deb", "pool/main/l/foo_1%253a2~rc1+b1.deb"],
    ["a b#c?d", "a%20b%23c%3Fd"],
    ["ü/ö:~", "%C3%BC/%C3%B6:~"],
    ["a\\b\u0001", "a%5Cb%01"],
    ["%2e%2e/x", "%252e%252e/x"],
  ])("%s becomes %s", (path, encoded) => {
    expect(encodePath(path)).toBe(encoded);
  });

  it("is undone by one decoding, whatever the path", () => {
    for (const path of randomTexts(2000)) {
      expect(decodeURIComponent(encodePath(path))).toBe(path);
      expect(encodePath(path)).toMatch(/^[\x21-\x7e]*$/);
      expect(encodePath(path)).not.toMatch(/[?#\\]/);
    }
  });

  it("does not fail on text that is no Unicode", () => {
    expect(encodePath("a\ud800b")).toBe("a%EF%BF%BDb");
  });

  it("stays the path of a URL that it is put behind", () => {
    for (const text of randomTexts(2000)) {
      const path = text.replaceAll("/", "_").replace(/^\.+$/, "_");
      const url = new URL(`http://h/debian/${encodePath(path)}`);
      expect(url.host).toBe("h");
      expect(decodeURIComponent(url.pathname)).toBe(`/debian/${path}`);
    }
  });
});
