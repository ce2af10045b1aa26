import { describe, expect, test } from "vitest";
import { file, mirror, parse, problem } from "./given.js";

describe("promote", () => {
  test("comes key by key from the mirror before [defaults]", () => {
    const top = `
      [defaults.promote]
      verify = "off"
      min_packages = 1
      command = ["/bin/a", "b"]`;
    const [first] = parse(file(top, "promote = { verify = 'full', timeout = '1s' }")).mirrors;
    expect(first?.promote).toEqual({
      verify: "full",
      minPackages: 1,
      requireValid: false,
      command: ["/bin/a", "b"],
      timeout: 1000,
    });
  });

  test("is no key of the top", () => {
    expect(problem(file("[promote]\nverify = 'full'"))).toMatchObject({
      code: "ERR_CONFIG_UNKNOWN_KEY",
      path: "promote",
    });
  });

  test.each([
    ["0%", 0],
    ["40%", 0.4],
    ["2.5%", 0.025],
    ["100%", 1],
  ])("takes a loss of %s", (text, share) => {
    expect(mirror(`promote.max_shrink = "${text}"`).promote.maxShrink).toBe(share);
  });

  test.each([
    ["max_shrink = '40'", "ERR_CONFIG_BAD_VALUE", "40%"],
    ["max_shrink = '101%'", "ERR_CONFIG_BAD_VALUE", undefined],
    ["max_shrink = '100.1%'", "ERR_CONFIG_BAD_VALUE", undefined],
    ["max_shrink = '-1%'", "ERR_CONFIG_BAD_VALUE", undefined],
    ["max_shrink = '%'", "ERR_CONFIG_BAD_VALUE", undefined],
    ["max_shrink = '4 %'", "ERR_CONFIG_BAD_VALUE", undefined],
    ["max_shrink = ''", "ERR_CONFIG_BAD_VALUE", undefined],
    ["max_shrink = 0.4", "ERR_CONFIG_WRONG_TYPE", undefined],
    ["max_shrink = 40", "ERR_CONFIG_WRONG_TYPE", undefined],
    ["verify = 'quik'", "ERR_CONFIG_BAD_VALUE", "quick"],
    ["verify = false", "ERR_CONFIG_WRONG_TYPE", "off"],
    ["min_packages = -1", "ERR_CONFIG_BAD_VALUE", undefined],
    ["min_packages = '100'", "ERR_CONFIG_WRONG_TYPE", "100"],
    ["require_valid = 'yes'", "ERR_CONFIG_WRONG_TYPE", "true"],
    ["timeout = '0s'", "ERR_CONFIG_BAD_VALUE", undefined],
    ["timeout = '25d'", "ERR_CONFIG_BAD_VALUE", undefined],
    ["timeout = 'soon'", "ERR_CONFIG_BAD_DURATION", undefined],
    ["command = []", "ERR_CONFIG_BAD_VALUE", undefined],
    ["command = ['']", "ERR_CONFIG_BAD_VALUE", undefined],
    ["command = [' ', 'x']", "ERR_CONFIG_BAD_VALUE", undefined],
    ['command = ["x", "a\\u0000b"]', "ERR_CONFIG_BAD_VALUE", undefined],
    ["command = '/bin/true'", "ERR_CONFIG_WRONG_TYPE", '["/bin/true"]'],
  ])("refuses %s", (line, code, suggestion) => {
    const found = problem(file("", `promote.${line}`));
    expect(found).toMatchObject({ code, path: `mirrors.m.promote.${line.split(" ")[0]}` });
    expect(found.suggestion).toBe(suggestion);
  });

  test("refuses a word of a command that is no string where it stands", () => {
    expect(problem(file("", "promote.command = ['/bin/x', 5]"))).toMatchObject({
      code: "ERR_CONFIG_WRONG_TYPE",
      path: "mirrors.m.promote.command[1]",
      allowed: "a string",
      found: "5",
    });
  });

  test("takes the words of a command as they are", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what the file holds
    const words = ["check", "~/x", "${HOME}", "a b", "a b", ""];
    expect(mirror(`promote.command = ${JSON.stringify(words)}`).promote.command).toEqual(words);
  });
});
