import type { ManifestFile } from "@mirror/snapshot";
import type { SuiteFacts, TreeFacts } from "./facts.js";
import { isMetadataName } from "./metadata-name.js";
import { PUBLIC_KEY, upstreamDirectory } from "./resigned-layout.js";
import { isFlat } from "./suite-path.js";

/**
 * Where upstream may have the content of a file of a tree, the likeliest first: by its hash as long as
 * it keeps it so, and under its name as long as that means the same. Nowhere for what the mirror
 * itself has signed.
 */
export function planUpstreamPaths(
  facts: TreeFacts | undefined,
  file: Pick<ManifestFile, "path" | "sha256">,
): string[] {
  const suite = suiteOf(facts, file.path);
  if (!suite) return [file.path];
  const path = upstreamPath(suite, file.path);
  if (path === undefined) return [];
  const hasHash = isFlat(suite.suite) ? isMetadataName(path) : !isDocument(suite, path);
  if (!hasHash || path.includes("/by-hash/")) return [path];
  const above = path.slice(0, path.lastIndexOf("/") + 1);
  return [`${above}by-hash/SHA256/${file.sha256}`, path];
}

/** The suite in whose directory a file lies: `stable/updates` lies below `stable`. */
function suiteOf(facts: TreeFacts | undefined, path: string): SuiteFacts | undefined {
  const [nearest] = (facts?.suites ?? [])
    .filter(({ directory }) => path.startsWith(directory))
    .sort((a, b) => b.directory.length - a.directory.length);
  return nearest;
}

/** What upstream calls it; undefined for what upstream has never had. */
function upstreamPath(suite: SuiteFacts, path: string): string | undefined {
  const { directory, documents, resigned, indices = [] } = suite;
  if (!resigned) return path;
  const name = path.slice(directory.length);
  if (name === PUBLIC_KEY || Object.hasOwn(documents, name)) return undefined;
  const beside = upstreamDirectory(directory);
  if (!path.startsWith(beside)) return path;
  const kept = path.slice(beside.length);
  if (Object.hasOwn(resigned.upstreamDocuments, kept)) return directory + kept;
  const index = indices.find(({ rewritten }) => rewritten?.original.path === path);
  const { compression = "" } = index?.rewritten?.original ?? {};
  return index && (compression === "" ? index.name : `${index.name}.${compression}`);
}

function isDocument({ directory, documents, resigned }: SuiteFacts, path: string): boolean {
  const name = path.slice(directory.length);
  return Object.hasOwn(documents, name) || Object.hasOwn(resigned?.upstreamDocuments ?? {}, name);
}
