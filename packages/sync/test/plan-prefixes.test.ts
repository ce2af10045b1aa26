import { expect, it } from "vitest";
import { planPrefixes } from "../src/plan-prefixes.js";

const prefixes = (...urls: string[]) => planPrefixes({ id: "m", urls });

it("looks at the root, by the mirror's name, and by host and path as apt-mirror has them", () => {
  expect(prefixes("https://user:secret@archive.example:8080/ubuntu/")).toEqual([
    "",
    "m/",
    "archive.example/ubuntu/",
    "mirror/archive.example/ubuntu/",
  ]);
  expect(prefixes("http://a.example/", "http://a.example/", "http://b.example/x%20y//z/")).toEqual([
    "",
    "m/",
    ...["a.example/", "mirror/a.example/"],
    ...["b.example/x y/z/", "mirror/b.example/x y/z/"],
  ]);
});

it.each(["http://a.example/%2e%2e/%2e%2e/etc/", "http://a.example/%00/", "http://a.example/%ff/"])(
  "makes nothing of %s that leads elsewhere",
  (url) => {
    for (const prefix of prefixes(url)) expect(prefix).not.toMatch(/\.\.|\0/);
  },
);

it("never climbs, however the slashes are written", () => {
  expect(prefixes("http://a.example/%2e%2e%2f%2e%2e%2fetc/")).toEqual(["", "m/"]);
});
