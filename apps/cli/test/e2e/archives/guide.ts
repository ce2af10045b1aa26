import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const GUIDE = fileURLToPath(
  new URL("../../../../../docs/guides/third-party-archives.md", import.meta.url),
);

/** A mirror as the guide configures it. */
export interface GuideMirror {
  readonly urls: readonly string[];
  /** The other lines of its table, its keyring left out. */
  readonly lines: string;
}

/** The mirrors that the guide configures, by their names there. */
export function guideMirrors(): ReadonlyMap<string, GuideMirror> {
  const guide = readFileSync(GUIDE, "utf8");
  const tables = guide.matchAll(/^\[mirrors\.([\w-]+)\]\n([\s\S]*?)^```$/gm);
  return new Map([...tables].map(([, id = "", table = ""]) => [id, readTable(table)]));
}

function readTable(table: string): GuideMirror {
  const lines = table.split("\n");
  const isOwn = (line: string) => /^(urls?|pgp_key_path) = /.test(line);
  const urls = lines.filter((line) => /^urls? = /.test(line)).join();
  return {
    urls: [...urls.matchAll(/"([^"]+)"/g)].map(([, url = ""]) => url),
    lines: lines.filter((line) => !isOwn(line)).join("\n"),
  };
}
