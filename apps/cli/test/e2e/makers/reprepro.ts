import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GpgKeyring } from "@mirror/testkit";
import { run } from "../run.js";

/** Runs reprepro over one archive; `conf` and `db` of it are never mirrored. */
export type Reprepro = (...args: readonly string[]) => Promise<string>;

/** Starts an archive with what `conf/distributions` says, signed by the first key of the keyring. */
export function reprepro(archive: string, keyring: GpgKeyring, distributions: string): Reprepro {
  mkdirSync(join(archive, "conf"));
  writeFileSync(join(archive, "conf/distributions"), distributions);
  return (...args) =>
    run("reprepro", ["--silent", "--basedir", archive, ...args], archive, {
      GNUPGHOME: keyring.home,
    });
}
