import { armorSignature } from "./armor-signature.js";
import { verifyInRelease } from "./in-release.js";
import { rewriteLines } from "./lines.js";
import { sign } from "./sign.js";
import type { SignOptions } from "./signer.js";
import type { SigningKey } from "./signing-key.js";

/**
 * Signs a text and returns the InRelease made of it (RFC 9580, section 7).
 *
 * The lines stand in it as they will be verified: blanks and tabs at their ends taken off, ended by
 * LF, and escaped where they begin with a dash and nowhere else. `verifyInRelease` returns that
 * text again, to the character. The same text, key and second make the same file.
 *
 * @throws {@link VerifyError} `ERR_VERIFY_SIGNING_KEY_REVOKED`, `ERR_VERIFY_SIGNING_KEY_EXPIRED`,
 * `ERR_VERIFY_SIGNING_KEY_WEAK`, `ERR_VERIFY_SIGNING_KEY_UNUSABLE`, `ERR_VERIFY_TOO_LARGE`, and
 * `ERR_VERIFY_BAD_CLEARSIGN` for a text that no InRelease can hold: a NUL, a CR inside a line, a
 * line of more than 19 990 bytes
 */
export async function clearsignText(
  text: string,
  key: SigningKey,
  options: SignOptions,
): Promise<Uint8Array> {
  const style = { separator: "\n", dashEscaped: false } as const;
  const lines = Buffer.from(rewriteLines(Buffer.from(text), style)).toString("utf8");
  // Not /^-/gm: JavaScript begins a line after U+2028 too, OpenPGP does not.
  const escaped = `\n${lines}`.replaceAll("\n-", "\n- -");
  const head = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n";
  return sign(
    {
      content: lines,
      assemble: (packets) =>
        new Uint8Array(
          Buffer.concat([Buffer.from(`${head}${escaped}\n`), armorSignature(packets)]),
        ),
      verify: verifyInRelease,
    },
    key,
    options,
  );
}
