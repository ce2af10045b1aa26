import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { decompress } from "../compression.js";
import type { Exhibit } from "./exhibit.js";
import { type Expectation, judgeFile, plainPath } from "./expectation.js";
import type { JudgedRelease } from "./release.js";
import { type FieldLines, stanzasOf } from "./stanzas.js";

/**
 * Judges what listed files list in their turn: the patches beside a `Packages.diff/Index`, the
 * images beside an installer's `SHA256SUMS`. Who holds such a list must hold all that it names.
 */
export async function judgeListings(
  exhibit: Exhibit,
  release: JudgedRelease,
  excused: (path: string) => boolean,
): Promise<void> {
  for (const name of release.listed.keys()) {
    const list = release.prefix + name;
    const read = readerOf(name);
    if (read === undefined || !exhibit.files.has(list)) {
      continue;
    }
    const packed = await readFile(join(exhibit.root, list));
    const text = await decompress(packed, name.endsWith(".gz") ? "gz" : "");
    for (const [file, expected] of read(Buffer.from(text).toString("utf8"))) {
      const below = plainPath(file);
      if (below === undefined) {
        exhibit.violations.push(`${list}: names ${JSON.stringify(file)}`);
        continue;
      }
      const path = `${dirname(list)}/${below}`;
      // A sum has no size: what is there is taken to have the right one.
      const size = expected.size ?? exhibit.files.get(path)?.size ?? 0;
      if (!(await judgeFile(exhibit, path, { ...expected, size }, list)) && !excused(path)) {
        exhibit.violations.push(`${path}: missing, though ${list} names it`);
      }
    }
  }
}

type Listed = Map<string, Pick<Expectation, "digests"> & { readonly size?: number }>;

function readerOf(name: string): ((text: string) => Listed) | undefined {
  if (/\.diff\/Index(\.gz)?$/.test(name)) {
    return patchesOf;
  }
  return /\/installer-[^/]+\/.*\/SHA256SUMS$/.test(name) ? imagesOf : undefined;
}

function patchesOf(text: string): Listed {
  const [fields = new Map<string, string[]>() as FieldLines] = stanzasOf(text);
  const rows = fields.get("sha256-download")?.slice(1) ?? [];
  return new Map(
    rows.map((row) => {
      const [sha256 = "", size = "", name = ""] = row.split(/\s+/);
      return [name, { size: Number(size), digests: { sha256: sha256.toLowerCase() } }];
    }),
  );
}

function imagesOf(text: string): Listed {
  const rows = text.matchAll(/^([0-9a-fA-F]{64}) [ *](.+)$/gm);
  return new Map(
    [...rows].map(([, sha256 = "", name = ""]) => [
      name,
      { digests: { sha256: sha256.toLowerCase() } },
    ]),
  );
}
