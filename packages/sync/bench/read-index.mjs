import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The bytes of a Packages file; without a path, of the largest that apt has fetched. */
export function readIndex(path) {
  if (path !== undefined) return readFileSync(path);
  const lists = "/var/lib/apt/lists";
  const [largest] = readdirSync(lists)
    .filter((name) => /_Packages(\.|$)/.test(name))
    .map((name) => join(lists, name))
    .sort((a, b) => statSync(b).size - statSync(a).size);
  if (largest === undefined) throw new Error("no index in /var/lib/apt/lists: run apt-get update");
  return execFileSync("/usr/lib/apt/apt-helper", ["cat-file", largest], { maxBuffer: 2 ** 30 });
}
