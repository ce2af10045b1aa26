import type { SuiteFacts } from "./facts.js";

/** Below a suite's own directory: what upstream signed, where the published Release is another. */
const COPY = "upstream/";

/** The Release files of a suite as upstream signed them, in a tree. */
export interface UpstreamDocuments {
  /** In the tree; ends in `/` or is empty. */
  readonly directory: string;
  /** By name, with their SHA256. */
  readonly documents: Readonly<Record<string, string>>;
}

/** The directory of upstream's Release files beside those that the mirror's own key signed. */
export function upstreamDirectory(directory: string): string {
  return directory + COPY;
}

/**
 * Where an index lies as upstream has it, once clients get it rewritten: by its digest, so that its
 * name is never taken for that of an index.
 *
 * @param directory - of its suite
 */
export function originalPath(directory: string, sha256: string): string {
  return `${upstreamDirectory(directory)}sha256/${sha256}`;
}

/** Where a tree has the Release files that upstream signed, published or kept beside. */
export function upstreamDocuments({
  directory,
  documents,
  resigned,
}: SuiteFacts): UpstreamDocuments {
  return resigned
    ? { directory: upstreamDirectory(directory), documents: resigned.documents }
    : { directory, documents };
}
