import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { findTool, runToolOk } from "./tool.js";

/** How an index file is compressed, as its name's extension without the dot; `""` is plain. */
export type Compression = "" | "gz" | "xz" | "bz2" | "zst";

const PROGRAMS = { xz: "xz", bz2: "bzip2", zst: "zstd" } as const;
const PACKING = { xz: ["-q", "-c", "-T1"], bz2: ["-q", "-c"], zst: ["-q", "-c"] } as const;

/** Whether this machine can write and read that compression: `""` and `gz` always, the others where their program is installed. */
export function hasCompression(compression: Compression): boolean {
  return compression === "" || compression === "gz"
    ? true
    : findTool(PROGRAMS[compression]) !== undefined;
}

/**
 * The bytes compressed; the same bytes give the same result (no time, no name inside).
 *
 * @throws TestkitError `ERR_TESTKIT_MISSING_TOOL`, `ERR_TESTKIT_TOOL_FAILED`
 */
export async function compress(bytes: Uint8Array, compression: Compression): Promise<Uint8Array> {
  switch (compression) {
    case "":
      return bytes;
    case "gz":
      return promisify(gzip)(bytes, { level: 6 });
    default:
      return runToolOk(PROGRAMS[compression], PACKING[compression], { input: bytes });
  }
}

/**
 * The bytes unpacked.
 *
 * @throws Error when they are not intact
 */
export async function decompress(bytes: Uint8Array, compression: Compression): Promise<Uint8Array> {
  switch (compression) {
    case "":
      return bytes;
    case "gz":
      return promisify(gunzip)(bytes, { maxOutputLength: 1024 ** 3 });
    default:
      return runToolOk(PROGRAMS[compression], ["-d", "-c"], { input: bytes });
  }
}
