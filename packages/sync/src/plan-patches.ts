import type { DiffFile, DiffIndex, ReleaseFile } from "@mirror/deb822";
import { type IndexTarget, splitCompression } from "./plan-indices.js";

/** So many patches of one index are mirrored; archives keep some dozens. */
const MOST_PATCHES = 1000;

/** A name in a directory, of a compressed patch: nothing that leads elsewhere. */
const PATCH = /^(?!Index\.)[A-Za-z0-9][A-Za-z0-9._+~:-]*\.[a-z0-9]+$/;

/** The patches of one index, or why none of them can be mirrored. */
export type PatchPlan = { readonly patches: readonly IndexTarget[] } | { readonly leftOut: string };

/**
 * The patches that the `Index` of a pdiff directory lists, each with the digests of its packed and
 * of its unpacked form. All or nothing: clients follow the list from patch to patch.
 *
 * @param directory - of the patches, below the repository's base, ending in `/`
 */
export function planPatches(suite: string, directory: string, index: DiffIndex): PatchPlan {
  const { downloads, patches } = index;
  if (downloads.length > MOST_PATCHES) return { leftOut: `lists ${downloads.length} patches` };
  const plain = new Map(patches.map((patch) => [patch.name, patch]));
  const packed = new Set(downloads.map(({ name }) => splitCompression(name).name));
  const missing = [...plain.keys()].find((name) => !packed.has(name));
  if (missing !== undefined) return { leftOut: `lists ${inQuotes(missing)} without its download` };
  const targets: IndexTarget[] = [];
  for (const download of downloads) {
    const { name, compression } = splitCompression(download.name);
    const unpacked = plain.get(name);
    if (!PATCH.test(download.name) || compression === "")
      return { leftOut: `lists ${inQuotes(download.name)}, which is no patch's name` };
    if (!unpacked || !isStrong(download) || !isStrong(unpacked))
      return { leftOut: `lists ${inQuotes(download.name)} without SHA256 of both its forms` };
    const path = directory + download.name;
    targets.push({
      suite,
      kind: "patch",
      name: directory + name,
      required: false,
      plain: fileAt(directory + name, unpacked),
      variants: [{ path, compression, file: fileAt(path, download), byHash: [] }],
    });
  }
  return { patches: targets };
}

function fileAt(path: string, { name: _name, ...listed }: DiffFile): ReleaseFile {
  return { path, ...listed };
}

function isStrong({ sha256, sha512 }: DiffFile): boolean {
  return sha256 !== undefined || sha512 !== undefined;
}

function inQuotes(name: string): string {
  return JSON.stringify(name.slice(0, 200));
}
