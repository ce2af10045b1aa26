/** True for a flat repository's suite, which is a directory: it ends in `/`. */
export function isFlat(suite: string): boolean {
  return suite.endsWith("/");
}

/**
 * The directory of a suite's Release files, relative to the repository's base, with its final `/`
 * or empty for the root: `noble` is `dists/noble/`, `./` and `/` are the root, `sub/` is `sub/`.
 */
export function suiteDirectory(suite: string): string {
  if (!isFlat(suite)) return `dists/${suite}/`;
  const segments = suite.split("/").filter((segment) => segment !== "" && segment !== ".");
  return segments.map((segment) => `${segment}/`).join("");
}
