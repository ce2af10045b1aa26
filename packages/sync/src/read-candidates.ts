import { readPackages, readSources } from "@mirror/deb822";
import type { Candidate, CandidateIndex } from "./candidate.js";
import { type ListingIndex, namingIndex, selected } from "./index-entries.js";
import { sourceFilePath } from "./source-file-path.js";
import type { Filters } from "./spec.js";
import { type IndexReader, unpackIndex } from "./unpack-index.js";

const RELATIONS = ["Depends", "Pre-Depends", "Provides", "Multi-Arch", "Source", "Priority"];

/** A source package as selection reads it. */
export interface SourceCandidate {
  readonly name: string;
  readonly version: string;
  /** As written. */
  readonly paths: readonly string[];
}

/** What of a stanza decides with these filters: a field that is not needed is not kept. */
export function candidateFields(filters: Filters, sources: boolean): string[] {
  const fields = [
    ...(filters.sections.length > 0 ? ["Section"] : []),
    ...(filters.priorities.length > 0 ? ["Priority"] : []),
    ...(sources ? ["Source"] : []),
    ...(filters.withDependencies ? RELATIONS : []),
    ...(filters.withDependencies && filters.withRecommends ? ["Recommends"] : []),
  ];
  return [...new Set(fields)];
}

/**
 * The packages of a Packages index as selection knows them.
 *
 * @param place - where a file lies in the tree, by its path as written
 * @throws SyncError ERR_SYNC_BAD_INDEX where it breaks the format
 */
export async function* readCandidates(
  reader: IndexReader,
  listing: ListingIndex,
  index: CandidateIndex,
  options: {
    readonly architectures: readonly string[];
    readonly fields: readonly string[];
    place(path: string): string;
  },
): AsyncGenerator<Candidate> {
  const selects = selected(listing.suite, options.architectures);
  try {
    const bytes = unpackIndex(reader, listing);
    for await (const entry of readPackages(bytes, { fields: options.fields })) {
      const { package: name, version, architecture, filename, stanza } = entry;
      if (selects && !selects.has(architecture)) continue;
      yield {
        index,
        name,
        version,
        architecture,
        path: options.place(filename),
        section: stanza.get("Section") ?? "",
        priority: stanza.get("Priority") ?? "",
        source: stanza.get("Source") ?? "",
        multiArch: stanza.get("Multi-Arch") ?? "",
        depends: stanza.get("Depends") ?? "",
        preDepends: stanza.get("Pre-Depends") ?? "",
        recommends: stanza.get("Recommends") ?? "",
        provides: stanza.get("Provides") ?? "",
      };
    }
  } catch (error) {
    throw namingIndex(error, listing);
  }
}

/**
 * The packages of a Sources index as selection knows them.
 *
 * @throws SyncError ERR_SYNC_BAD_INDEX where it breaks the format
 */
export async function* readSourceCandidates(
  reader: IndexReader,
  listing: ListingIndex,
): AsyncGenerator<SourceCandidate> {
  try {
    const bytes = unpackIndex(reader, listing);
    for await (const { package: name, version, directory, files } of readSources(bytes, {
      fields: [],
    })) {
      const paths = files.map((file) => sourceFilePath(directory, file.name));
      yield { name, version, paths };
    }
  } catch (error) {
    throw namingIndex(error, listing);
  }
}
