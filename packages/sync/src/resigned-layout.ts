import { DOCUMENT_NAMES } from "./document-name.js";
import { SyncError } from "./error.js";
import type { SuiteFacts } from "./facts.js";

/** Name of the file that holds the public key, beside the Release files. */
export const PUBLIC_KEY = "Release.key";

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
    ? { directory: upstreamDirectory(directory), documents: resigned.upstreamDocuments }
    : { directory, documents };
}

/**
 * Refuses a suite that lies where the copy of another one's Release files goes.
 *
 * @throws SyncError ERR_SYNC_CONFLICTING_FILE
 */
export function refuseSuitesInCopies(
  suites: readonly { readonly suite: string; readonly directory: string }[],
): void {
  for (const outer of suites) {
    const copy = upstreamDirectory(outer.directory);
    const inner = suites.find(({ directory }) => directory.startsWith(copy));
    if (!inner) continue;
    const message = `${inner.suite}: lies where the mirror keeps what upstream signed of ${outer.suite} (${copy})`;
    throw new SyncError("ERR_SYNC_CONFLICTING_FILE", message, { suite: inner.suite, path: copy });
  }
}

/** What {@link resignedPaths} needs of a suite. */
interface SuiteDocuments {
  readonly directory: string;
  readonly published: readonly { readonly name: string }[];
}

/** What {@link resignedPaths} needs of an index. */
interface Original {
  readonly target: { readonly suite: string; readonly name: string };
  readonly variants: readonly { readonly source: { readonly file: { readonly sha256: string } } }[];
}

/**
 * The paths that a tree needs for Release files of the mirror's own, and for what they stand for.
 *
 * @param suites - by their names
 * @param rewritten - indices of which clients get other ones
 * @param compressions - of these
 */
export function resignedPaths(
  suites: ReadonlyMap<string, SuiteDocuments>,
  rewritten: readonly Original[],
  compressions: readonly string[],
): string[] {
  const paths: string[] = [];
  for (const { directory, published } of suites.values()) {
    paths.push(...[...DOCUMENT_NAMES, PUBLIC_KEY].map((name) => directory + name));
    paths.push(...published.map(({ name }) => upstreamDirectory(directory) + name));
  }
  for (const { target, variants } of rewritten) {
    const directory = suites.get(target.suite)?.directory ?? "";
    paths.push(target.name, ...compressions.map((ending) => `${target.name}.${ending}`));
    paths.push(...variants.map(({ source }) => originalPath(directory, source.file.sha256)));
  }
  return paths;
}
