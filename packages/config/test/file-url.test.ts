// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what the files hold
import { describe, expect, test } from "vitest";
import { file, mirror, parse, problem } from "./given.js";

const urlOf = (url: string, options: Parameters<typeof parse>[1] = {}) =>
  parse(file("", `url = '${url}'`, "url"), options).mirrors[0]?.urls[0];
const problemOf = (url: string, options: Parameters<typeof parse>[1] = {}) =>
  problem(file("", `url = '${url}'`, "url"), options);

describe("a file URL", () => {
  test.each([
    ["file:///mnt/debian", "file:///mnt/debian/"],
    ["file:///mnt/debian/", "file:///mnt/debian/"],
    ["file:/mnt/debian", "file:///mnt/debian/"],
    ["FILE:///Mnt", "file:///Mnt/"],
    ["file://localhost/mnt", "file:///mnt/"],
    ["file:///", "file:///"],
    ["file:///mnt/a%20b/me@home/c+d~e:f", "file:///mnt/a%20b/me@home/c+d~e:f/"],
    ["file:///mnt/1%253a2%23", "file:///mnt/1%253a2%23/"],
  ])("%s is taken as %s", (given, url) => {
    expect(urlOf(given)).toBe(url);
  });

  test("stands beside other URLs in a list", () => {
    const { urls } = mirror('urls = ["https://a.example", "file:///mnt"]', "url");
    expect(urls).toEqual(["https://a.example/", "file:///mnt/"]);
  });

  test.each([
    ["file://~/debian", "file:///home/a%20%23b/debian/"],
    ["file://~", "file:///home/a%20%23b/"],
    ["file:~/debian", "file:///home/a%20%23b/debian/"],
    ["file:///${DISK}/debian", "file:///mnt/disk/debian/"],
    ["${BASE}/debian", "file:///srv/debian/"],
  ])("has names replaced: %s is %s", (given, url) => {
    const env = { DISK: "mnt/disk", BASE: "file:///srv" };
    expect(urlOf(given, { env, home: "/home/a #b" })).toBe(url);
  });

  test("is refused where there is no home for its ~", () => {
    expect(problemOf("file://~/debian").code).toBe("ERR_CONFIG_UNDEFINED_NAME");
  });

  test.each([
    ["file:debian", undefined],
    ["file:./debian", undefined],
    ["file:", undefined],
    ["file://", undefined],
    ["file://~user/debian", undefined],
    ["file://mnt/debian", "file:///mnt/debian"],
    ["file://server.example/share", "file:///server.example/share"],
    ["file:////server/share", undefined],
    ["file://[::1]/x", undefined],
    ["file:///a b", undefined],
    ["file:///a?b", undefined],
    ["file:///a#b", undefined],
    ["file:///a%2fb", undefined],
    ["file:///a%0ab", undefined],
    ["file:///a%zz", undefined],
    ["file:///a%ff", undefined],
    ["/mnt/debian", "file:///mnt/debian"],
    ["mnt/debian", undefined],
    ["//server/share", undefined],
  ])("is refused where it does not name one place of this machine: %s", (given, suggestion) => {
    const found = problemOf(given);
    expect(found).toMatchObject({ code: "ERR_CONFIG_BAD_URL", path: "mirrors.m.url" });
    expect(found.suggestion).toBe(suggestion);
    expect(found.message).toContain("file URL");
  });

  test("is no proxy", () => {
    const text = file('proxy = "file:///mnt"');
    expect(problem(text)).toMatchObject({ code: "ERR_CONFIG_BAD_URL", path: "proxy" });
  });
});
