import { armorSignature } from "./armor-signature.js";
import { VerifyError } from "./error.js";
import { verifyInRelease } from "./in-release.js";
import { rewriteLines } from "./lines.js";
import { sign } from "./sign.js";
import type { SignOptions } from "./signer.js";
import type { SigningKey } from "./signing-key.js";

/** Bytes of a line, its escape included, beyond which gpgv finds the armor invalid. */
const MAX_LINE_BYTES = 19_990;

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
  checkLines(escaped);
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

function checkLines(escaped: string): void {
  for (const [i, line] of escaped.split("\n").entries()) {
    const bytes = Buffer.byteLength(line);
    if (bytes <= MAX_LINE_BYTES) continue;
    throw new VerifyError(
      "ERR_VERIFY_BAD_CLEARSIGN",
      `InRelease: line ${i} of the text is too long, expected at most ${MAX_LINE_BYTES} bytes, got ${bytes}`,
      { line: i, expected: String(MAX_LINE_BYTES), found: String(bytes) },
    );
  }
}
