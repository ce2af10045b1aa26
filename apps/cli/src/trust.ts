import { createHash } from "node:crypto";
import type { MirrorConfig } from "@mirror/config";
import type { Trust } from "@mirror/sync";
import { type Keyring, type KeyringFile, readKeyring } from "@mirror/verify";
import { readNamedKeyrings, readSystemKeyrings } from "./keyrings.js";

/** Whose signatures count for each mirror; mirrors that name the same keyrings share them. */
export interface TrustReader {
  /**
   * Reads the files of a mirror's keyrings now, and what they hold once it is needed.
   * @throws CliError ERR_CLI_UNREADABLE_FILE, ERR_CLI_NO_KEYRING.
   */
  read(mirror: MirrorConfig): Promise<Trust>;
}

/** The keyring of a mirror, or `undefined` where signatures are not checked. */
export async function keyringOf(
  trust: TrustReader,
  mirror: MirrorConfig,
): Promise<Keyring | undefined> {
  const read = await trust.read(mirror);
  return read.check ? await read.keyring() : undefined;
}

interface KeyringSource {
  readonly digest: string;
  open(): Promise<Keyring>;
}

/** Makes the reader of one run. */
export function createTrustReader(): TrustReader {
  const sources = new Map<string, Promise<KeyringSource>>();
  return {
    async read(mirror) {
      if (mirror.noPgpCheck) return { check: false };
      const key = JSON.stringify(mirror.pgpKeyPath);
      const source = sources.get(key) ?? openSource(mirror.pgpKeyPath);
      sources.set(key, source);
      const { digest, open } = await source;
      return {
        check: true,
        keyring: open,
        keyringDigest: digest,
        fingerprints: mirror.pgpFingerprints,
      };
    },
  };
}

async function openSource(paths: readonly string[]): Promise<KeyringSource> {
  const files = paths.length > 0 ? await readNamedKeyrings(paths) : await readSystemKeyrings();
  let keyring: Promise<Keyring> | undefined;
  return {
    digest: digestOf(files),
    open() {
      keyring ??= readKeyring(files);
      return keyring;
    },
  };
}

function digestOf(files: readonly KeyringFile[]): string {
  const hash = createHash("sha256");
  for (const { bytes } of files) hash.update(`${bytes.length}\n`).update(bytes);
  return hash.digest("hex");
}
