import { createHash } from "node:crypto";

/** The SHA256 of these bytes, or of a text in UTF-8, in lower-case hex. */
export function sha256Of(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
