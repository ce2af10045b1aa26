import { SyncError } from "./error.js";

/** What a package list says of one name: each entry alone is enough. */
export interface ListedPackage {
  /** Only this version; any if not given. */
  readonly version?: string;
  /** Only this architecture, or `all`; any if not given. */
  readonly architecture?: string;
}

/** The entries of a package list, by name. */
export type PackageList = ReadonlyMap<string, readonly ListedPackage[]>;

const LINE =
  /^([A-Za-z0-9][A-Za-z0-9+._-]*)(?::([a-z0-9][a-z0-9-]*))?(?:\s*=\s*([A-Za-z0-9.+~:-]+)|\s+(install|hold|deinstall|purge|unknown))?$/;

/** States of `dpkg --get-selections` that say that a package is wanted. */
const WANTED = new Set(["install", "hold"]);

/**
 * Reads a list of packages: a name a line, perhaps with `:arch` or `=version`; what
 * `dpkg --get-selections` and `apt-mark showmanual` print is such a list too.
 *
 * @throws SyncError ERR_SYNC_BAD_FILTER with the first line that is neither
 */
export function parsePackageList(text: string): PackageList {
  const list = new Map<string, ListedPackage[]>();
  for (const [at, written] of text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = written.replace(/#.*/, "").trim();
    if (line === "") continue;
    const [, name, architecture, version, state] = LINE.exec(line) ?? [];
    if (name === undefined) throw badLine(at + 1, line);
    if (state !== undefined && !WANTED.has(state)) continue;
    const known = list.get(name) ?? [];
    known.push({
      ...(version === undefined ? {} : { version }),
      ...(architecture === undefined || architecture === "any" ? {} : { architecture }),
    });
    list.set(name, known);
  }
  return list;
}

function badLine(line: number, found: string): SyncError {
  const shown = JSON.stringify(found.slice(0, 100));
  const expected = "NAME, NAME=VERSION, or a line of dpkg --get-selections";
  return new SyncError(
    "ERR_SYNC_BAD_FILTER",
    `package list, line ${line}: ${shown} is no package, expected ${expected}`,
    { found: shown, expected },
  );
}
