import { readPackages, readSources } from "@mirror/deb822";
import { type ListingIndex, namingIndex } from "./index-entries.js";
import { sourceFilePath } from "./source-file-path.js";
import { type IndexReader, unpackIndex } from "./unpack-index.js";

/** A stanza of an index as it was read, and the files that it names. */
export interface StanzaFiles {
  /** Its lines, without the empty one behind them. */
  readonly bytes: Uint8Array;
  /** As written; never empty. */
  readonly paths: readonly string[];
}

/**
 * The stanzas of a Packages or Sources index, in its order, each with its text.
 *
 * @throws SyncError ERR_SYNC_BAD_INDEX where the index breaks the format
 */
export async function* readStanzaFiles(
  reader: IndexReader,
  index: ListingIndex,
): AsyncGenerator<StanzaFiles> {
  const source = unpackIndex(reader, index);
  const options = { fields: [], keepBytes: true };
  try {
    if (index.kind === "packages") {
      for await (const { filename, stanza } of readPackages(source, options))
        yield { bytes: stanza.bytes ?? NOTHING, paths: [filename] };
    } else {
      for await (const { directory, files, stanza } of readSources(source, options)) {
        const paths = files.map(({ name }) => sourceFilePath(directory, name));
        yield { bytes: stanza.bytes ?? NOTHING, paths };
      }
    }
  } catch (error) {
    throw namingIndex(error, index);
  }
}

const NOTHING = new Uint8Array(0);
