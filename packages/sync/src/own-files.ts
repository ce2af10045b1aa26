import type { Release, ReleaseFile } from "@mirror/deb822";
import { DOCUMENT_NAMES } from "./document-name.js";
import type { SuiteFacts } from "./facts.js";
import { listedPath, splitCompression } from "./plan-indices.js";
import type { TreeIndex } from "./tree-indices.js";

const DOCUMENTS: ReadonlySet<string> = new Set(DOCUMENT_NAMES);

/**
 * A suite's Release with those of its files that it decides about. Archive makers list whatever lies
 * below the suite's directory when they run: the Release file of before, and what belongs to a suite
 * below (`stable/updates`), which has a Release of its own. Clients never look there.
 *
 * @param suites - all of the tree
 * @param indices - those that the tree was made with for this suite: they are its own wherever they lie
 */
export function ownFiles(
  release: Release,
  { directory }: SuiteFacts,
  suites: readonly SuiteFacts[],
  indices: readonly TreeIndex[],
): Release {
  const named = new Set(indices.map(({ name }) => name));
  const below = suites
    .map((suite) => suite.directory)
    .filter((other) => other !== directory && other.startsWith(directory));
  const isOwn = ({ path: written }: ReleaseFile): boolean => {
    const listed = listedPath(written);
    if (DOCUMENTS.has(listed)) return false;
    const path = directory + listed;
    return !below.some((other) => path.startsWith(other)) || named.has(splitCompression(path).name);
  };
  return { ...release, files: new Map([...release.files].filter(([, file]) => isOwn(file))) };
}
