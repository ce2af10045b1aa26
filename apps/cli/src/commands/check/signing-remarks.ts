import { stat } from "node:fs/promises";
import type { SignConfig } from "@mirror/config";
import type { Sign } from "@mirror/sync";
import { checkSigningKey } from "@mirror/verify";
import { time } from "../../render/duration.js";

const SOON_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Opens the key that signs a mirror's own Release, and says what an operator must know of it: that it
 * expires within 30 days, or that others may read it.
 *
 * @throws CliError ERR_CLI_UNREADABLE_FILE; VerifyError ERR_VERIFY_SIGNING_KEY_*, ERR_VERIFY_*
 */
export async function remarksOnSigning(
  { key }: Sign,
  { keyPath, passphraseFile }: SignConfig,
  now: Date,
): Promise<string[]> {
  const { keyId, expires } = await checkSigningKey(await key(), { now });
  const open = await Promise.all([keyPath, passphraseFile ?? keyPath].map(isOpen));
  const readable = new Set(
    [keyPath, passphraseFile ?? keyPath].filter((_path, index) => open[index]),
  );
  const remarks = [...readable].map(
    (path) =>
      `${path}: others may read it: whoever signs as this mirror decides what clients install`,
  );
  if (expires && expires.getTime() - now.getTime() <= SOON_MS) {
    const when = time(expires);
    remarks.push(`${keyPath}: key ${keyId} expires at ${when}: clients refuse what it signs then`);
  }
  return remarks;
}

async function isOpen(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  return (mode & 0o077) !== 0;
}
