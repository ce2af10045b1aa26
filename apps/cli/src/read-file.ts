import { readFile } from "node:fs/promises";
import { CliError } from "./error.js";

/**
 * The bytes of a file that the operator named.
 * @param purpose - What the file is, for the message: `keyring`.
 * @throws CliError ERR_CLI_UNREADABLE_FILE.
 */
export async function readNamedFile(path: string, purpose: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const found = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new CliError(
      "ERR_CLI_UNREADABLE_FILE",
      `${path}: the ${purpose} cannot be read (${found})`,
      { path, found, cause: error },
    );
  }
}
