import { splitClearsigned } from "./clearsign.js";
import { checkSize } from "./limits.js";
import { readText } from "./lines.js";
import { createSignedText, type SignedText } from "./signed-text.js";

/**
 * Takes a document as it is, WITHOUT CHECKING ANY SIGNATURE.
 *
 * For operators who switched the check off, and for nobody else: whoever can answer in upstream's
 * place decides what the text says. The result has `verified: false` and no signatures. A
 * clearsigned document must still be one block from its first byte to its last.
 *
 * @param form - `clearsigned` for an InRelease, `plain` for a Release
 * @param place - where the file lies, for messages: `dists/stable/`
 * @throws {@link VerifyError} `ERR_VERIFY_NOT_CLEARSIGNED`, `ERR_VERIFY_BAD_CLEARSIGN`,
 * `ERR_VERIFY_BAD_SIGNATURE_FORMAT`, `ERR_VERIFY_TOO_LARGE`
 */
export function acceptUnverified(
  bytes: Uint8Array,
  form: "clearsigned" | "plain",
  place = "",
): SignedText {
  if (form === "plain") checkSize(`${place}Release`, bytes, "document");
  const text =
    form === "clearsigned"
      ? splitClearsigned(bytes, `${place}InRelease`).text
      : readText(bytes, { dashEscaped: false });
  return createSignedText({ text, verified: false, signatures: [], warnings: [] });
}
