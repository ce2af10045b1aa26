/** Release files, and the lists of packages in any form, also those that this mirror leaves out. */
const METADATA =
  /^(InRelease|Release|Release\.gpg|Release\.key|(Packages|Sources)(\.(bz2|gz|lz4|lzma|xz|zst))?)$/;

/** Whether the last segment of a path names a Release file or a list of packages. */
export function isMetadataName(path: string): boolean {
  return METADATA.test(path.slice(path.lastIndexOf("/") + 1));
}
