import { type Digests, readPackages, readSources } from "@mirror/deb822";
import { type ListingIndex, namingIndex, PACKAGE_FIELDS } from "./index-entries.js";
import { sourceFilePath } from "./source-file-path.js";
import { type IndexReader, unpackIndex } from "./unpack-index.js";

/** A file that a stanza names, its path as written. */
export interface StanzaFile extends Digests {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** A stanza of an index as it was read, and the files that it names. */
export interface StanzaFiles {
  /** Its lines, without the empty one behind them. */
  readonly bytes: Uint8Array;
  /** As its stanza says; `source` for a source package. */
  readonly architecture: string;
  /** Never empty. */
  readonly files: readonly StanzaFile[];
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
  try {
    if (index.kind === "packages") {
      const options = { fields: PACKAGE_FIELDS, keepBytes: true };
      for await (const { stanza, architecture, filename: path, ...file } of readPackages(
        source,
        options,
      ))
        yield { bytes: stanza.bytes ?? NOTHING, architecture, files: [{ ...file, path }] };
    } else {
      const options = { fields: [], keepBytes: true };
      for await (const { directory, files: named, stanza } of readSources(source, options)) {
        const files = named.map(({ name, ...file }) => ({
          ...file,
          path: sourceFilePath(directory, name),
        }));
        yield { bytes: stanza.bytes ?? NOTHING, architecture: "source", files };
      }
    }
  } catch (error) {
    throw namingIndex(error, index);
  }
}

const NOTHING = new Uint8Array(0);
