import { stat } from "node:fs/promises";
import type { SignConfig } from "@mirror/config";
import type { Sign } from "@mirror/sync";
import { checkSigningKey } from "@mirror/verify";
import { time } from "../../render/duration.js";

const SOON_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Opens the key that signs a mirror's own Release, and says what an operator must know of it: that it
 * expires within 30 days, or that others than the owner may read or change its files.
 *
 * @throws CliError ERR_CLI_UNREADABLE_FILE; VerifyError ERR_VERIFY_SIGNING_KEY_*, ERR_VERIFY_*
 */
export async function remarksOnSigning(
  { key }: Sign,
  { keyPath, passphraseFile }: SignConfig,
  now: Date,
): Promise<string[]> {
  const { keyId, expires } = await checkSigningKey(await key(), { now });
  const remarks: string[] = [];
  for (const path of [keyPath, passphraseFile].filter((one) => one !== undefined)) {
    const { mode } = await stat(path);
    if ((mode & 0o066) === 0) continue;
    const shown = (mode & 0o777).toString(8).padStart(4, "0");
    remarks.push(`${path}: group or others may read or change it (mode ${shown}), expected 0600`);
  }
  if (expires && expires.getTime() - now.getTime() <= SOON_MS) {
    const when = time(expires);
    remarks.push(`${keyPath}: key ${keyId} expires at ${when}: clients refuse what it signs then`);
  }
  return remarks;
}
