import { forEachChecksum } from "./checksums.js";
import type { Algorithm, Digests } from "./digests.js";
import { dateFields, isYes, textFields, valueError, wordsOf } from "./fields.js";
import { printable } from "./frame.js";
import { onlyStanza } from "./read.js";
import type { Stanza } from "./stanza.js";

/** A file that a Release lists: its path as written, relative to the Release, its size in bytes, and every digest listed. */
export interface ReleaseFile extends Digests {
  path: string;
  size: number;
}

/** A Release file, or what an InRelease file signs. */
export interface Release {
  /** All fields, those without a view of their own too. */
  readonly stanza: Stanza;
  readonly origin?: string;
  readonly label?: string;
  readonly suite?: string;
  readonly codename?: string;
  readonly version?: string;
  readonly description?: string;
  readonly date?: Date;
  readonly validUntil?: Date;
  readonly architectures: readonly string[];
  /** As written, with prefixes such as `updates/main`. */
  readonly components: readonly string[];
  /** Indices can be fetched by their digests too (`Acquire-By-Hash: yes`). */
  readonly acquireByHash: boolean;
  readonly noSupportForArchitectureAll?: string;
  readonly notAutomatic: boolean;
  readonly butAutomaticUpgrades: boolean;
  /** Fingerprints of the keys for the next Release. */
  readonly signedBy?: string;
  /** URL of snapshots with `@SNAPSHOTID@` in it. */
  readonly snapshots?: string;
  /** URL of changelogs with `@CHANGEPATH@` in it. */
  readonly changelogs?: string;
  /** One entry for each path, with the digests of all lists. */
  readonly files: ReadonlyMap<string, ReleaseFile>;
}

const lists: readonly (readonly [field: string, algorithm: Algorithm])[] = [
  ["MD5Sum", "md5"],
  ["SHA1", "sha1"],
  ["SHA256", "sha256"],
  ["SHA512", "sha512"],
];

/**
 * Reads the text of a Release file, or the verified text of an InRelease file.
 *
 * Knows nothing of signatures: PGP armor is refused, so that only text that something else has
 * verified, or taken as it is, comes here.
 *
 * @example
 * ```ts
 * const release = parseRelease(text);
 * release.files.get("main/binary-amd64/Packages.xz")?.sha256;
 * ```
 * @throws {@link Deb822Error} those of {@link parseStanzas}; `ERR_DEB822_STANZA_COUNT` unless it is
 *   one stanza; `_BAD_DATE`, `_BAD_CHECKSUMS`, `_BAD_DIGEST`, `_BAD_SIZE`; `_CONFLICTING_FILE` when
 *   one path has two sizes or two digests of one algorithm
 */
export function parseRelease(text: string): Release {
  const stanza = onlyStanza(text);
  return {
    stanza,
    ...textFields(stanza, texts),
    ...dateFields(stanza, { date: "Date", validUntil: "Valid-Until" }),
    architectures: wordsOf(stanza.get("Architectures")),
    components: wordsOf(stanza.get("Components")),
    acquireByHash: isYes(stanza.get("Acquire-By-Hash")),
    notAutomatic: isYes(stanza.get("NotAutomatic")),
    butAutomaticUpgrades: isYes(stanza.get("ButAutomaticUpgrades")),
    files: releaseFiles(stanza),
  };
}

const texts = {
  origin: "Origin",
  label: "Label",
  suite: "Suite",
  codename: "Codename",
  version: "Version",
  description: "Description",
  noSupportForArchitectureAll: "No-Support-for-Architecture-all",
  signedBy: "Signed-By",
  snapshots: "Snapshots",
  changelogs: "Changelogs",
} as const;

function releaseFiles(stanza: Stanza): Map<string, ReleaseFile> {
  const files = new Map<string, ReleaseFile>();
  for (const [field, algorithm] of lists) {
    forEachChecksum(stanza, field, algorithm, (digest, size, path, offset) => {
      const known = files.get(path);
      if (known === undefined) {
        const file: ReleaseFile = { path, size };
        file[algorithm] = digest;
        files.set(path, file);
        return;
      }
      if (known.size !== size || (known[algorithm] ?? digest) !== digest) {
        const what = known.size === size ? `${algorithm} digests` : "sizes";
        const [expected, found] =
          known.size === size ? [known[algorithm], digest] : [String(known.size), String(size)];
        throw valueError(
          stanza,
          field,
          "ERR_DEB822_CONFLICTING_FILE",
          `${printable(path)} is listed with two ${what}, ${expected} and ${found}`,
          { offset, found, ...(expected !== undefined && { expected }) },
        );
      }
      known[algorithm] = digest;
    });
  }
  return files;
}
