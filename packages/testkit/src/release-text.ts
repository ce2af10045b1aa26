import { createHash } from "node:crypto";
import { type HashList, isFlat, type SuiteSpec } from "./repository-spec.js";
import { stanzaText } from "./stanza.js";
import { indexArchitectures } from "./suite-indices.js";

/** Node's name of each hash list's algorithm. */
export const ALGORITHMS: Readonly<Record<HashList, string>> = {
  MD5Sum: "md5",
  SHA1: "sha1",
  SHA256: "sha256",
  SHA512: "sha512",
};

/** The hash lists that the suite's Release has. */
export function hashLists(suite: SuiteSpec): readonly HashList[] {
  return suite.hashes ?? ["MD5Sum", "SHA1", "SHA256"];
}

/** A date as Release files write it. */
function releaseDate(date: Date): string {
  return date.toUTCString().replace("GMT", "UTC");
}

/** The text of a Release file that lists these files (path below the suite to content). */
export function releaseText(
  suite: SuiteSpec,
  date: Date,
  listed: ReadonlyMap<string, Uint8Array>,
): string {
  const flat = isFlat(suite.suite);
  const name = flat ? undefined : suite.suite;
  const components = (suite.components ?? ["main"]).map(
    (component) => `${suite.componentPrefix ?? ""}${component}`,
  );
  const architectures = flat && suite.architectures === undefined ? [] : indexArchitectures(suite);
  const paths = [...listed].sort(([a], [b]) => (a < b ? -1 : 1));
  const lists = hashLists(suite).map((list): [string, string] => [
    list,
    paths
      .map(([path, bytes]) => {
        const hash = createHash(ALGORITHMS[list]).update(bytes).digest("hex");
        return `\n ${hash} ${String(bytes.byteLength).padStart(8)} ${path}`;
      })
      .join(""),
  ]);
  return stanzaText({
    Origin: suite.origin ?? "Test",
    Label: suite.label ?? "Test",
    Suite: suite.suiteName ?? name,
    Codename: suite.codename ?? name,
    Date: releaseDate(date),
    "Valid-Until": suite.validUntil === undefined ? undefined : releaseDate(suite.validUntil),
    "Acquire-By-Hash": suite.byHash === false ? undefined : "yes",
    "No-Support-for-Architecture-all": suite.binaryAll === "also" ? "Packages" : undefined,
    Architectures: architectures.length === 0 ? undefined : architectures.join(" "),
    Components: flat ? undefined : components.join(" "),
    Description: "A repository made for a test",
    ...suite.fields,
    ...Object.fromEntries(lists),
    // Once more, for those that replace a hash list; the order stays.
    ...suite.fields,
  });
}
