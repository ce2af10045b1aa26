import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Keyring, type KeyringFile, readKeyring } from "@mirror/verify";
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
 * Reads the keyrings that a mirror names.
 * @throws CliError ERR_CLI_UNREADABLE_FILE; VerifyError ERR_VERIFY_BAD_KEYRING.
 */
export async function readNamedKeyrings(paths: readonly string[]): Promise<Keyring> {
  const files = await Promise.all(
    paths.map(
      async (path): Promise<KeyringFile> => ({
        name: path,
        bytes: await readNamedFile(path, "keyring"),
        named: true,
      }),
    ),
  );
  return await readKeyring(files);
}

/**
 * Reads the system's keyrings. A file that cannot be read is passed over, as apt does.
 * @param onSkipped - Told of every file that was passed over.
 * @throws CliError ERR_CLI_NO_KEYRING when none is left.
 */
export async function readSystemKeyrings(
  onSkipped: (path: string, error: unknown) => void,
  places = PLACES,
): Promise<Keyring> {
  const good: KeyringFile[] = [];
  for (const path of await systemKeyringPaths(places)) {
    try {
      const file = { name: path, bytes: await readFile(path), named: false };
      await readKeyring([file]);
      good.push(file);
    } catch (error) {
      onSkipped(path, error);
    }
  }
  if (good.length === 0) {
    throw new CliError(
      "ERR_CLI_NO_KEYRING",
      `no keyring: pgp_key_path is not set, and neither ${places.parts}, ${places.single} nor ` +
        `${places.shared} holds a key of the distribution`,
      { expected: "pgp_key_path, or a keyring of the system" },
    );
  }
  return await readKeyring(good);
}

async function entries(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch {
    return [];
  }
}
