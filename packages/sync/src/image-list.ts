import { SyncError } from "./error.js";
import { isMetadataName } from "./metadata-name.js";
import { repositoryPath } from "./repository-path.js";

/** So many images one list may name; those of Debian name some dozens. */
const MOST_IMAGES = 5000;

/** A file that `SHA256SUMS` names. */
export interface Image {
  /** Below the repository's base. */
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The images of one directory, or why none of them can be mirrored. */
export type ImagePlan = { readonly images: readonly Image[] } | { readonly leftOut: string };

const LINE = /^([0-9a-fA-F]{64}) [ *](.+)$/;

/**
 * What the text of a `SHA256SUMS` names, all of it below its directory.
 *
 * @param directory - of the list, below the repository's base, ending in `/`
 */
export function planImages(suite: string, directory: string, text: string): ImagePlan {
  const images = new Map<string, Image>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, sha256, name] = LINE.exec(line) ?? [];
    if (sha256 === undefined || name === undefined)
      return { leftOut: `${JSON.stringify(line.slice(0, 200))} is no digest with a name` };
    const below = confined(suite, name);
    if (below === undefined)
      return { leftOut: `names ${JSON.stringify(name.slice(0, 200))}, which is no image here` };
    const image = { path: directory + below, sha256: sha256.toLowerCase() };
    if ((images.get(image.path) ?? image).sha256 !== image.sha256)
      return { leftOut: `names ${JSON.stringify(name)} with two digests` };
    images.set(image.path, image);
    if (images.size > MOST_IMAGES) return { leftOut: `names more than ${MOST_IMAGES} images` };
  }
  return { images: [...images.values()] };
}

/** A name below the list's own directory, and no metadata; undefined for any other. */
function confined(suite: string, name: string): string | undefined {
  try {
    const path = repositoryPath(name, suite);
    const metadata = isMetadataName(path) || /^SHA256SUMS$|(^|\/)by-hash\//.test(path);
    return metadata ? undefined : path;
  } catch (error) {
    if (error instanceof SyncError) return undefined;
    throw error;
  }
}
