import { Deb822Error, type Digests, readPackageBatches, readSourceBatches } from "@mirror/deb822";
import { SyncError } from "./error.js";
import { listedDigests } from "./listed-digests.js";
import { sourceFilePath } from "./source-file-path.js";
import { isFlat } from "./suite-path.js";
import { type IndexReader, type PackedIndex, unpackIndex } from "./unpack-index.js";

/** A file that an index names, its path as written. */
export interface ListedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly digests: Digests;
  readonly suite: string;
}

/** A file of a stanza; `counts` is 1 for the first file of its stanza. */
export interface IndexEntry {
  readonly file: ListedFile;
  readonly counts: 0 | 1;
}

/** An index whose stanzas name files. */
export interface ListingIndex extends PackedIndex {
  readonly kind: "packages" | "sources";
}

/** The fields of a stanza of Packages that say what its file is to be. */
export const PACKAGE_FIELDS = ["MD5sum", "SHA1", "SHA256", "SHA512"];

/**
 * Every file that a Packages or Sources index names, in its order, many at once.
 *
 * @param architectures - of a flat suite's stanzas, those to take; none takes all
 * @throws SyncError ERR_SYNC_BAD_INDEX where it breaks the format, ERR_SYNC_WEAK_HASH
 */
export async function* readIndexEntries(
  reader: IndexReader,
  index: ListingIndex,
  architectures: readonly string[],
): AsyncGenerator<IndexEntry[]> {
  const bytes = unpackIndex(reader, index);
  try {
    yield* index.kind === "sources"
      ? sourceEntries(bytes, index.suite)
      : packageEntries(bytes, index.suite, selected(index.suite, architectures));
  } catch (error) {
    throw namingIndex(error, index);
  }
}

/** An error of the format, as one that names the index; any other as it is. */
export function namingIndex(error: unknown, { suite, path }: PackedIndex): unknown {
  if (!(error instanceof Deb822Error)) return error;
  const message = `${path}: ${error.message}`;
  return new SyncError("ERR_SYNC_BAD_INDEX", message, { suite, path, cause: error });
}

/**
 * The architectures whose stanzas count; undefined for all. An ordinary suite has an index for each
 * architecture, a flat one has them all in one.
 */
export function selected(
  suite: string,
  architectures: readonly string[],
): ReadonlySet<string> | undefined {
  return isFlat(suite) && architectures.length > 0 ? new Set([...architectures, "all"]) : undefined;
}

async function* packageEntries(
  bytes: AsyncIterable<Uint8Array>,
  suite: string,
  selects: ReadonlySet<string> | undefined,
): AsyncGenerator<IndexEntry[]> {
  for await (const batch of readPackageBatches(bytes, { fields: PACKAGE_FIELDS })) {
    const chosen = selects ? batch.filter(({ architecture }) => selects.has(architecture)) : batch;
    yield chosen.map((entry) => {
      const { filename: path, size } = entry;
      return { file: { path, size, digests: strongDigests(entry, path, suite), suite }, counts: 1 };
    });
  }
}

async function* sourceEntries(
  bytes: AsyncIterable<Uint8Array>,
  suite: string,
): AsyncGenerator<IndexEntry[]> {
  for await (const batch of readSourceBatches(bytes, { fields: [] })) {
    yield batch.flatMap(({ directory, files }) =>
      files.map((file, at): IndexEntry => {
        const digests = strongDigests(file, file.name, suite);
        const path = sourceFilePath(directory, file.name);
        return { file: { path, size: file.size, digests, suite }, counts: at === 0 ? 1 : 0 };
      }),
    );
  }
}

function strongDigests(entry: Digests, path: string, suite: string): Digests {
  if (entry.sha256 || entry.sha512) return listedDigests(entry);
  const message = `${suite}: ${JSON.stringify(path)} is listed with neither SHA256 nor SHA512`;
  throw new SyncError("ERR_SYNC_WEAK_HASH", message, { suite, path });
}
