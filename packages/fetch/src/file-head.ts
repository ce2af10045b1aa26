import type { BigIntStats } from "node:fs";
import { headerOf, type ResponseHead } from "./exchange.js";

/**
 * What a server would answer to a request with these headers for a file of this kind: 200, 304 where
 * its validator is the one that is known, 206 where a partial of the very same file goes on.
 *
 * Of dates only the same one counts: another disk in its place may hold an older file.
 */
export function fileHead(
  file: BigIntStats,
  headers: Readonly<Record<string, string>>,
): ResponseHead {
  const { size } = file;
  const etag = entityTag(file);
  const lastModified = new Date(Number(file.mtimeMs)).toUTCString();
  const validators = { etag, "last-modified": lastModified };
  const known = headers["if-none-match"];
  const isKnown =
    known === undefined ? headers["if-modified-since"] === lastModified : known === etag;
  if (isKnown) {
    return { status: 304, headers: validators };
  }
  const [, from] = /^bytes=(\d{1,15})-$/.exec(headers.range ?? "") ?? [];
  if (from !== undefined && headers["if-range"] === etag && BigInt(from) < size) {
    const length = String(size - BigInt(from));
    const range = `bytes ${from}-${size - 1n}/${size}`;
    return {
      status: 206,
      headers: { ...validators, "content-length": length, "content-range": range },
    };
  }
  return { status: 200, headers: { ...validators, "content-length": String(size) } };
}

/** Whatever is written to a file changes its ctime, which nobody can set back. */
function entityTag({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `"${[ino, size, mtimeNs, ctimeNs].map((part) => part.toString(36)).join("-")}"`;
}

/** Where the body of such an answer begins in the file. */
export function bodyStart(head: ResponseHead): number {
  const [, from = "0"] = /^bytes (\d+)-/.exec(headerOf(head, "content-range") ?? "") ?? [];
  return Number(from);
}
