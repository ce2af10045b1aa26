/** Whether a file is kept, compressed, when its snapshot is deleted: what history and diff need. */
export function isReleaseFile({ path }: { readonly path: string }): boolean {
  return /(?:^|\/)(?:InRelease|Release|Release\.gpg)$/.test(path);
}
