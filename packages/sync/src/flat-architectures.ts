import { readStanzas } from "@mirror/deb822";
import { namingIndex } from "./index-entries.js";
import { namedIndex } from "./index-group.js";
import { indexReader, type Run } from "./run.js";
import type { PlacedIndex } from "./select-packages.js";
import { compareFlatOffers } from "./suite-offer.js";
import { isFlat, suiteDirectory } from "./suite-path.js";
import { unpackIndex } from "./unpack-index.js";

/** So many names are kept: an index of nonsense is told by some of it. */
const MOST_NAMES = 1000;

/**
 * Warns of the architectures that flat suites do not list, where architectures select their stanzas.
 *
 * @throws SyncError ERR_SYNC_UNKNOWN_ARCHITECTURE when no suite has one of them, ERR_SYNC_BAD_INDEX
 */
export async function judgeFlatArchitectures(
  run: Run,
  indices: readonly PlacedIndex[],
): Promise<void> {
  const { architectures } = run.spec;
  const listed = new Map<string, ReadonlySet<string>>();
  const elsewhere = new Set<string>();
  for (const index of indices) {
    const { suite, kind } = index.listing;
    if (kind !== "packages") continue;
    if (!isFlat(suite)) {
      const name = index.name.slice(suiteDirectory(suite).length);
      elsewhere.add(namedIndex(name)?.architecture ?? "");
    } else if (architectures.length > 0) listed.set(suite, await architecturesOf(run, index));
  }
  for (const { code, message } of compareFlatOffers(architectures, listed, elsewhere)) {
    run.warn(code, message);
  }
}

async function architecturesOf(run: Run, { listing }: PlacedIndex): Promise<Set<string>> {
  const names = new Set<string>();
  try {
    const bytes = unpackIndex(indexReader(run), listing);
    for await (const stanza of readStanzas(bytes, { fields: ["Architecture"] })) {
      const name = stanza.get("Architecture");
      if (name !== undefined && names.size < MOST_NAMES) names.add(name);
    }
  } catch (error) {
    throw namingIndex(error, listing);
  }
  return names;
}
