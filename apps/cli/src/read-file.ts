import { createReadStream } from "node:fs";
import { CliError } from "./error.js";

/** Keys and certificates are small; `/dev/zero` is not. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * The bytes of a file that the operator named.
 * @param purpose - What the file is, for the message: `keyring`.
 * @throws CliError ERR_CLI_UNREADABLE_FILE.
 */
export async function readNamedFile(path: string, purpose: string): Promise<Uint8Array> {
  try {
    const chunks: Buffer[] = [];
    // Devices and pipes have no size: what counts is what comes.
    for await (const chunk of createReadStream(path, { end: MOST_BYTES })) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (bytes.length > MOST_BYTES) throw new Error("more than 16 MiB");
    return new Uint8Array(bytes);
  } catch (error) {
    const found =
      error instanceof Error && "code" in error ? String(error.code) : (error as Error).message;
    throw new CliError(
      "ERR_CLI_UNREADABLE_FILE",
      `${path}: the ${purpose} cannot be read (${found})`,
      { path, found, cause: error },
    );
  }
}
