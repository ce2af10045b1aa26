import { readFile } from "node:fs/promises";
import type { Host } from "./host.js";
import { readNamedFile } from "./read-file.js";

const SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

/**
 * The certificates to trust for https, as PEM: the file that `SSL_CERT_FILE` names, else the
 * system's bundle, which Node ignores by itself; `undefined` leaves Node its own roots.
 * @throws CliError ERR_CLI_UNREADABLE_FILE when the file of `SSL_CERT_FILE` cannot be read.
 */
export async function readAuthorities(
  env: Host["env"],
  bundle = SYSTEM_BUNDLE,
): Promise<string | undefined> {
  const named = env.SSL_CERT_FILE ?? "";
  if (named !== "") {
    return Buffer.from(await readNamedFile(named, "certificate bundle")).toString("utf8");
  }
  try {
    return await readFile(bundle, "utf8");
  } catch {
    return undefined;
  }
}
