import { fileURLToPath } from "node:url";

/**
 * The path that a `file:` URL names, percent-decoded; undefined for one that names none of this
 * machine: with a host, a query or a fragment, an encoded slash, or what is no UTF-8.
 */
export function filePathOf(url: URL): string | undefined {
  if (url.protocol !== "file:" || url.host !== "" || url.search !== "" || url.hash !== "") {
    return undefined;
  }
  try {
    const path = fileURLToPath(url);
    return path.includes("\0") ? undefined : path;
  } catch {
    return undefined;
  }
}
