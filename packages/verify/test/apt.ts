import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The files of a repository, and the keyring to judge it by. */
export interface AptQuestion {
  readonly keyring: Uint8Array;
  readonly inRelease?: Uint8Array;
  readonly release?: Uint8Array;
  readonly signature?: Uint8Array;
}

/** Those cases that one real `apt-get update` accepts, each a flat repository of its own. */
export function askApt<T extends AptQuestion>(
  directory: string,
  cases: readonly T[],
): ReadonlySet<T> {
  const sources = cases.map((one, i) => {
    const repository = join(directory, `case${i}`);
    mkdirSync(repository);
    writeFileSync(join(repository, "Packages"), "");
    if (one.inRelease !== undefined) writeFileSync(join(repository, "InRelease"), one.inRelease);
    if (one.release !== undefined) writeFileSync(join(repository, "Release"), one.release);
    if (one.signature !== undefined) {
      writeFileSync(join(repository, "Release.gpg"), one.signature);
    }
    writeFileSync(join(directory, `case${i}.gpg`), one.keyring);
    return `deb [signed-by=${directory}/case${i}.gpg] file:${repository} ./\n`;
  });
  for (const path of ["lists/partial", "cache/archives/partial", "etc/parts", "log"]) {
    mkdirSync(join(directory, path), { recursive: true });
  }
  writeFileSync(join(directory, "sources.list"), sources.join(""));
  writeFileSync(join(directory, "status"), "");
  const settings = {
    "Dir::Etc::SourceList": join(directory, "sources.list"),
    "Dir::Etc::SourceParts": join(directory, "etc/parts"),
    "Dir::Etc::Trusted": "/dev/null",
    "Dir::Etc::TrustedParts": join(directory, "etc/parts"),
    "Dir::State::Lists": join(directory, "lists"),
    "Dir::State::Status": join(directory, "status"),
    "Dir::Cache": join(directory, "cache"),
    "Dir::Log": join(directory, "log"),
    "APT::Sandbox::User": "",
    "APT::Update::Post-Invoke": "",
    "Debug::NoLocking": "true",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  spawnSync("apt-get", [...options, "update"], { encoding: "utf8" });
  const prefix = directory.slice(1).replaceAll("_", "%5f").replaceAll("/", "_");
  return new Set(
    cases.filter((one, i) => {
      const name = one.inRelease === undefined ? "Release" : "InRelease";
      return existsSync(join(directory, "lists", `_${prefix}_case${i}_._${name}`));
    }),
  );
}
