import { parseDigest } from "./digests.js";
import { requiredWord, rowsOf, textFields, valueError, wordsOf } from "./fields.js";
import { printable } from "./frame.js";
import { ItemGenerator } from "./item-generator.js";
import { readBatches } from "./read.js";
import type { ReadOptions } from "./read-options.js";
import type { Stanza } from "./stanza.js";
import type { Chunk } from "./stanza-splitter.js";

/** A package as dpkg's `status` file records it. */
export interface StatusEntry {
  readonly package: string;
  readonly version?: string;
  readonly architecture?: string;
  /** What is to become of it: `install`, `hold`, `deinstall`, `purge`, `unknown`. */
  readonly want: string;
  /** `ok` or `reinstreq`. */
  readonly flag: string;
  /** `installed`, `config-files`, `half-configured`, ... */
  readonly status: string;
  readonly conffiles: readonly Conffile[];
  readonly stanza: Stanza;
}

/** A configuration file of an installed package. */
export interface Conffile {
  readonly path: string;
  /** Lower-case hex; missing for one that is not there yet. */
  readonly md5?: string;
  /** `obsolete`, `remove-on-upgrade`. */
  readonly flags: readonly string[];
}

const required = ["Package", "Version", "Architecture", "Status", "Conffiles"];

/**
 * Reads dpkg's `status` file (or `available`) package by package; with `fields`, each stanza holds
 * those and the ones that the view needs.
 *
 * @throws {@link Deb822Error} those of {@link readStanzas}; `ERR_DEB822_MISSING_FIELD`, `_BAD_VALUE`
 */
export function readStatus(
  source: AsyncIterable<Chunk> | Iterable<Chunk>,
  options: ReadOptions = {},
): AsyncGenerator<StatusEntry, void, undefined> {
  const fields = options.fields && [...options.fields, ...required];
  const batches = readBatches(source, { ...options, ...(fields && { fields }) });
  return new ItemGenerator(batches, statusEntry);
}

function statusEntry(stanza: Stanza): StatusEntry {
  const [want, flag, status, ...rest] = wordsOf(stanza.get("Status") ?? "unknown ok not-installed");
  if (want === undefined || flag === undefined || status === undefined || rest.length > 0) {
    const found = printable(stanza.get("Status") ?? "");
    const message = `expected three words, got "${found}"`;
    throw valueError(stanza, "Status", "ERR_DEB822_BAD_VALUE", message, { found });
  }
  return {
    package: requiredWord(stanza, "Package"),
    ...textFields(stanza, { version: "Version", architecture: "Architecture" }),
    want,
    flag,
    status,
    conffiles: conffilesOf(stanza),
    stanza,
  };
}

function conffilesOf(stanza: Stanza): Conffile[] {
  return rowsOf(stanza.get("Conffiles")).map(({ words, offset }) => {
    // a path may hold blanks: the digest is the last word that is one
    const at = words.findLastIndex((word) => isDigest(word));
    if (at < 1) {
      const found = printable(words.join(" "));
      const message = `expected path and MD5 digest, got "${found}"`;
      throw valueError(stanza, "Conffiles", "ERR_DEB822_BAD_VALUE", message, { offset, found });
    }
    const md5 = parseDigest("md5", words[at] ?? "");
    return {
      path: words.slice(0, at).join(" "),
      ...(md5 !== undefined && { md5 }),
      flags: words.slice(at + 1),
    };
  });
}

function isDigest(word: string): boolean {
  return word === "newconffile" || parseDigest("md5", word) !== undefined;
}
