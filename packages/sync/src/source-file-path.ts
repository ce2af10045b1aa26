/** The path of a source package's file, by the `Directory` of its stanza; an empty one is the archive's root. */
export function sourceFilePath(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}
