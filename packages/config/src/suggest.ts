import { keyPattern } from "./find-key.js";
import { configKeys } from "./keys.js";
import { showPath } from "./printable.js";
import type { KeyPath } from "./toml.js";

/** Names that other tools use, or that people guess, and the key that they stand for. */
const MISTAKES: ReadonlyMap<string, string> = new Map([
  ["mirror", "mirrors"],
  ["repo", "mirrors"],
  ["repos", "mirrors"],
  ["repositories", "mirrors"],
  ["default", "defaults"],
  ["logging", "log"],
  ["loglevel", "log.level"],
  ["logformat", "log.format"],
  ["basedir", "dir"],
  ["basepath", "dir"],
  ["directory", "dir"],
  ["path", "dir"],
  ["root", "dir"],
  ["mirrordir", "dir"],
  ["maxconnections", "max_conns"],
  ["connections", "max_conns"],
  ["nthreads", "max_conns"],
  ["threads", "max_conns"],
  ["timeout", "stall_timeout"],
  ["httpproxy", "proxy"],
  ["httpsproxy", "proxy"],
  ["component", "sections"],
  ["components", "sections"],
  ["section", "sections"],
  ["arch", "architectures"],
  ["archs", "architectures"],
  ["arches", "architectures"],
  ["suite", "suites"],
  ["dist", "suites"],
  ["dists", "suites"],
  ["distribution", "suites"],
  ["distributions", "suites"],
  ["codename", "suites"],
  ["codenames", "suites"],
  ["release", "suites"],
  ["releases", "suites"],
  ["uri", "url"],
  ["uris", "urls"],
  ["upstream", "url"],
  ["baseurl", "url"],
  ["source", "mirror_source"],
  ["sources", "mirror_source"],
  ["debsrc", "mirror_source"],
  ["key", "pgp_key_path"],
  ["keyring", "pgp_key_path"],
  ["signedby", "pgp_key_path"],
  ["gpgkey", "pgp_key_path"],
  ["pgpkey", "pgp_key_path"],
  ["fingerprint", "pgp_fingerprints"],
  ["fingerprints", "pgp_fingerprints"],
  ["nogpgcheck", "no_pgp_check"],
  ["trusted", "no_pgp_check"],
  ["checkvaliduntil", "check_valid_until"],
]);

/**
 * The path that an unknown key was probably meant to be: by a table of usual mistakes, by the
 * letters that differ from its neighbours, or the same name at another place.
 */
export function suggestKey(path: KeyPath): string | undefined {
  const name = path.at(-1);
  if (typeof name !== "string") return undefined;
  const parent = path.slice(0, -1);
  const siblings = keysAt(parent);
  const meant = MISTAKES.get(name.toLowerCase().replace(/[-_ ]/g, ""));
  const near = [
    ...(meant !== undefined && siblings.has(meant.split(".")[0] ?? "") ? [meant] : []),
    closest(name, siblings),
  ].find((candidate) => candidate !== undefined);
  if (near !== undefined) return showPath([...parent, ...near.split(".")]);
  return elsewhere(meant ?? name, path) ?? elsewhere(name.toLowerCase().replaceAll("-", "_"), path);
}

/**
 * The candidate with the fewest typing errors, if they are few for its length; case and the
 * difference of `-` and `_` do not count.
 */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  const given = normalised(name).slice(0, 64);
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const errors = typingErrors(given, normalised(candidate));
    if (errors < least && errors <= Math.max(1, Math.floor(candidate.length / 3))) {
      best = candidate;
      least = errors;
    }
  }
  return best;
}

function normalised(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}

function keysAt(parent: KeyPath): Set<string> {
  const prefix = parent.length === 0 ? "" : `${keyPattern([...parent, ""])}`;
  const names = new Set<string>();
  for (const { path } of configKeys) {
    const name = path.startsWith(prefix) ? path.slice(prefix.length).split(".")[0] : undefined;
    if (name && name !== "<id>") names.add(name);
  }
  return names;
}

function elsewhere(name: string, path: KeyPath): string | undefined {
  const homes = configKeys.filter((key) => key.path === name || key.path.endsWith(`.${name}`));
  const inMirror = path[0] === "mirrors" || path[0] === "defaults";
  const home = homes.find((key) => inMirror === key.path.startsWith("mirrors.<id>.")) ?? homes[0];
  if (home === undefined || homes.length > 4) return undefined;
  const rest = home.path.replace(/^mirrors\.<id>\./, "");
  if (rest === home.path) return home.path;
  const table = path[0] === "mirrors" ? showPath(path.slice(0, 2)) : "defaults";
  return `${table}.${rest}`;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function typingErrors(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let errors = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        errors = Math.min(errors, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(errors);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
