import type { Digests } from "@mirror/deb822";

/** The digests that an entry has, without those that it lacks: every one of them is checked. */
export function listedDigests({ md5, sha1, sha256, sha512 }: Digests): Digests {
  return {
    ...(md5 === undefined ? {} : { md5 }),
    ...(sha1 === undefined ? {} : { sha1 }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(sha512 === undefined ? {} : { sha512 }),
  };
}

/** Enough of a digest to tell it from another one. */
const KEPT = 16;

/**
 * What a manifest keeps of what a file was checked against besides SHA256: digests, and the digest
 * that its unpacked form has; undefined where there is nothing.
 */
export function checkedMark(
  { md5, sha1, sha512 }: Digests,
  unpacked: Digests = {},
): string | undefined {
  const all = { md5, sha1, sha512, unpacked: unpacked.sha256 ?? unpacked.sha512 };
  const kept = Object.entries(all).flatMap(([name, digest]) =>
    digest === undefined ? [] : [`${name}:${digest.slice(0, KEPT)}`],
  );
  return kept.length === 0 ? undefined : kept.join(" ");
}

/** Whether a file with that mark was checked against everything that another mark would say. */
export function wasChecked(mark: string | undefined, wanted: string | undefined): boolean {
  if (wanted === undefined || wanted === mark) return true;
  const known = new Set(mark?.split(" "));
  return wanted.split(" ").every((one) => known.has(one));
}
