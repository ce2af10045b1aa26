import { accessSync, constants } from "node:fs";
import { fileURLToPath } from "node:url";
import { redactUrl } from "@mirror/fetch";

/** What keeps the present user from reading the directories that `file:` URLs name. */
export function remarksOnDisks(urls: readonly string[]): string[] {
  return urls
    .filter((url) => url.startsWith("file:"))
    .flatMap((url) => {
      const reason = unreadable(fileURLToPath(url));
      return reason === undefined ? [] : [`${redactUrl(url)}: ${reason}`];
    });
}

function unreadable(path: string): string | undefined {
  try {
    // By its final slash it is a directory.
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    if (code === "ENOENT") return "no such directory: a sync needs the disk mounted there";
    return code === "ENOTDIR" ? "no directory" : `the owner of dir cannot read it (${code})`;
  }
}
