import { describe, expect, test } from "vitest";
import { file, mirror, parse, problem } from "./given.js";

describe("sign", () => {
  test("is absent unless a key is named", () => {
    expect(mirror("")).not.toHaveProperty("sign");
    expect(mirror("sign.key_path = '/etc/m.key'").sign).toEqual({ keyPath: "/etc/m.key" });
  });

  test("comes key by key from the mirror before [defaults]", () => {
    const top = "[defaults.sign]\nkey_path = '/a.key'\nvalid_for = '1d'";
    const own = "sign = { passphrase_file = '/p', valid_for = '2w' }";
    const [first] = parse(file(top, own)).mirrors;
    const day = 24 * 60 * 60 * 1000;
    expect(first?.sign).toEqual({ keyPath: "/a.key", passphraseFile: "/p", validFor: 14 * day });
  });

  test.each([
    ["sign.valid_for = '10d'", "ERR_CONFIG_CONFLICT", "mirrors.m.sign.valid_for"],
    ["sign.passphrase_file = '/p'", "ERR_CONFIG_CONFLICT", "mirrors.m.sign.passphrase_file"],
    ["sign = { key_path = '/k', valid_for = '59m' }", "ERR_CONFIG_BAD_VALUE", undefined],
    ["sign.key_path = 'm.key'", "ERR_CONFIG_BAD_PATH", undefined],
    ["sign = { key_path = '/k' }\nindices.pdiffs = true", "ERR_CONFIG_CONFLICT", undefined],
    ["sign.key_path = '/srv/mirrors/m.key'", "ERR_CONFIG_CONFLICT", "mirrors.m.sign.key_path"],
    ["sign = '/k'", "ERR_CONFIG_WRONG_TYPE", undefined],
    ["sign.key = '/k'", "ERR_CONFIG_UNKNOWN_KEY", undefined],
  ])("refuses %s", (lines, code, path) => {
    expect(problem(file("", lines))).toMatchObject({ code, ...(path ? { path } : {}) });
  });
});
