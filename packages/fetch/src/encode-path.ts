/**
 * A repository path as it stands in a URL: `%`, blanks, `#`, `?`, backslashes, control and
 * non-ASCII characters are percent-encoded as UTF-8; `/ + ~ : , = @ & ; ! $ ' ( ) *` stay.
 *
 * Nothing is decoded: `a%3ab` names a file whose name holds a percent sign.
 *
 * @example
 * ```ts
 * `http://deb.example.org/debian/${encodePath("pool/main/l/foo_1%3a2~rc1+b1.deb")}`;
 * // http://deb.example.org/debian/pool/main/l/foo_1%253a2~rc1+b1.deb
 * ```
 */
export function encodePath(path: string): string {
  // A lone surrogate makes encodeURI throw; the detour over bytes turns it into U+FFFD.
  const wellFormed = Buffer.from(path, "utf8").toString("utf8");
  return encodeURI(wellFormed).replaceAll("?", "%3F").replaceAll("#", "%23");
}
