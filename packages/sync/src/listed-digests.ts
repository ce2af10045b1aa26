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
