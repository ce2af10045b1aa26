import { readFile } from "node:fs/promises";
import { inspectTls, type PemFile, type TlsOptions } from "@mirror/fetch";
import type { Host } from "./host.js";
import { readNamedFile } from "./read-file.js";

const SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

/**
 * The certificates to trust for https: the file that `SSL_CERT_FILE` names, else the
 * system's bundle, which Node ignores by itself; `undefined` leaves Node its own roots.
 * @throws CliError ERR_CLI_UNREADABLE_FILE when the file of `SSL_CERT_FILE` cannot be read.
 * @throws FetchError ERR_FETCH_BAD_TLS_FILE when it holds no certificates.
 */
export async function readAuthorities(
  env: Host["env"],
  bundle = SYSTEM_BUNDLE,
): Promise<PemFile | undefined> {
  const named = env.SSL_CERT_FILE ?? "";
  if (named !== "") {
    const bytes = await readNamedFile(named, "certificate bundle");
    const ca = { name: named, text: Buffer.from(bytes).toString("utf8") };
    // OpenSSL passes over what is no certificate: nobody would be trusted, for no reason told. The
    // system's bundle is made by a program, and its 140 certificates take 30 ms.
    if (named !== bundle) inspectTls({ ca });
    return ca;
  }
  try {
    return { name: bundle, text: await readFile(bundle, "utf8") };
  } catch {
    return undefined;
  }
}

/** The settings of a mirror, with these authorities where it names none of its own. */
export function trusting(tls: TlsOptions, authorities: PemFile | undefined): TlsOptions {
  return tls.ca !== undefined || authorities === undefined ? tls : { ...tls, ca: authorities };
}
