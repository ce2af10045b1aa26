import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { KeyringFile } from "@mirror/verify";
import { CliError } from "./error.js";
import { readNamedFile } from "./read-file.js";

/** Where the system's keys are; tests point it elsewhere. */
export interface SystemKeyringPlaces {
  /** apt's directory of trusted keys. */
  readonly parts: string;
  /** apt's one file of trusted keys. */
  readonly single: string;
  /** The distribution's keyrings, of which only its own archive's count. */
  readonly shared: string;
}

const PLACES: SystemKeyringPlaces = {
  parts: "/etc/apt/trusted.gpg.d",
  single: "/etc/apt/trusted.gpg",
  shared: "/usr/share/keyrings",
};

const PART = /^[A-Za-z0-9_.-]+\.(?:gpg|asc)$/;
const ARCHIVE = /^(?:debian|ubuntu)-archive-keyring\.(?:gpg|asc|pgp)$/;

/**
 * The paths of the keyrings that count where a mirror names none: what apt trusts
 * (`/etc/apt/trusted.gpg.d/*.{gpg,asc}`, `/etc/apt/trusted.gpg`), then the distribution's own
 * archive keyring. Keys that the distribution withdrew and keyrings of third parties never count.
 */
export async function systemKeyringPaths(places = PLACES): Promise<string[]> {
  const parts = (await entries(places.parts)).filter(
    (name) => PART.test(name) && !name.startsWith(".") && !name.includes("removed-keys"),
  );
  const single = join(places.single, "..");
  const hasSingle = (await entries(single)).some((name) => join(single, name) === places.single);
  const archive = (await entries(places.shared)).filter((name) => ARCHIVE.test(name));
  return [
    ...parts.map((name) => join(places.parts, name)),
    ...(hasSingle ? [places.single] : []),
    ...archive.map((name) => join(places.shared, name)),
  ];
}

/**
 * Reads the keyring files that a mirror names.
 * @throws CliError ERR_CLI_UNREADABLE_FILE.
 */
export async function readNamedKeyrings(paths: readonly string[]): Promise<KeyringFile[]> {
  return await Promise.all(
    paths.map(async (path) => ({
      name: path,
      bytes: await readNamedFile(path, "keyring"),
      named: true,
    })),
  );
}

/**
 * Reads the keyring files of the system. One that cannot be read is passed over, as apt does.
 * @throws CliError ERR_CLI_NO_KEYRING when none is left.
 */
export async function readSystemKeyrings(places = PLACES): Promise<KeyringFile[]> {
  const files: KeyringFile[] = [];
  for (const path of await systemKeyringPaths(places)) {
    try {
      files.push({ name: path, bytes: await readFile(path), named: false });
    } catch {
      // One that only root may read must not keep the others from counting.
    }
  }
  if (files.length > 0) return files;
  throw new CliError(
    "ERR_CLI_NO_KEYRING",
    `no keyring: pgp_key_path is not set, and neither ${places.parts}, ${places.single} nor ` +
      `${places.shared} holds a key of the distribution`,
    { expected: "pgp_key_path, or a keyring of the system" },
  );
}

async function entries(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch {
    return [];
  }
}
