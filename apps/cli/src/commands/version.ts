import { readBuild } from "../build.js";
import type { Flags, Words } from "../flags.js";
import type { Host } from "../host.js";
import { printDocument } from "../render/document.js";

/** Prints the version, and commit and build time if the build recorded them. */
export async function printVersion(_words: Words, flags: Flags, host: Host): Promise<number> {
  return writeVersion(flags.json, host);
}

/** {@link printVersion} for who has no need of a command line that was read. */
export function writeVersion(json: boolean, host: Host): number {
  const build = readBuild();
  if (json) {
    printDocument(host.stdout, "version", { ok: true, ...build });
    return 0;
  }
  host.stdout.write(`mirrorctl ${build.version}\n`);
  if (build.commit !== undefined) host.stdout.write(`commit: ${build.commit}\n`);
  if (build.built !== undefined) host.stdout.write(`built: ${build.built}\n`);
  return 0;
}
