import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { type Certificate, describeCertificate } from "./certificate.js";
import { cipherList } from "./cipher-suites.js";
import { FetchError } from "./error.js";
import type { PemFile, TlsOptions } from "./tls-options.js";

/** What the files of {@link TlsOptions} hold. */
export interface TlsInspection {
  /** Of `ca`; empty if it is not given. */
  readonly authorities: readonly Certificate[];
  /** The first of `cert`. */
  readonly clientCertificate: Certificate | undefined;
}

/**
 * Reads the files of {@link TlsOptions} to the last certificate and checks that they go together;
 * OpenSSL alone would pass over what it cannot read.
 *
 * Dates are not judged: the caller knows the time.
 *
 * @throws FetchError with `ERR_FETCH_BAD_TLS_FILE`.
 * @throws TypeError for a lone `cert` or `key`, an unknown cipher suite or versions in the wrong
 * order.
 *
 * @example
 * ```ts
 * const { authorities } = inspectTls({ ca: { name: "ca.pem", text: readFileSync("ca.pem", "utf8") } });
 * ```
 */
export function inspectTls(options: TlsOptions): TlsInspection {
  const { ca, cert, key, cipherSuites, minVersion = "1.2", maxVersion } = options;
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError("tls.cert and tls.key must be given together");
  }
  if (maxVersion !== undefined && maxVersion < minVersion) {
    throw new TypeError(`tls.maxVersion must be at least ${minVersion}, got ${maxVersion}`);
  }
  cipherList(cipherSuites ?? [], "");
  const authorities = ca === undefined ? [] : readCertificates(ca).map(describeCertificate);
  if (cert === undefined || key === undefined) {
    return { authorities, clientCertificate: undefined };
  }
  const [own] = readCertificates(cert);
  if (own?.checkPrivateKey(readKey(key)) !== true) {
    throw bad(key, "key-mismatch", `not the key of the certificate in ${cert.name}`);
  }
  return { authorities, clientCertificate: describeCertificate(own) };
}

function readCertificates(file: PemFile): X509Certificate[] {
  const begun = file.text.match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/g)?.length ?? 0;
  if (begun === 0) {
    throw bad(file, "no-certificate", "no PEM certificate in it");
  }
  const blocks =
    file.text.match(/-----BEGIN (X509 )?CERTIFICATE-----[^-]*-----END \1?CERTIFICATE-----/g) ?? [];
  if (blocks.length < begun) {
    throw bad(file, "bad-certificate", "a certificate in it has no end, or is of another kind");
  }
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      const which = `certificate ${index + 1} of ${blocks.length} cannot be read`;
      throw bad(file, "bad-certificate", which, cause);
    }
  });
}

function readKey(file: PemFile): KeyObject {
  if (!/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(file.text)) {
    throw bad(file, "no-key", "no PEM private key in it");
  }
  if (/-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(file.text)) {
    throw bad(file, "encrypted-key", "the private key is encrypted, expected an unencrypted one");
  }
  try {
    return createPrivateKey(file.text);
  } catch {
    // Without its cause: what a parser says of a key does not belong into a log.
    throw bad(file, "bad-key", "the private key cannot be read");
  }
}

function bad(file: PemFile, found: string, reason: string, cause?: unknown): FetchError {
  return new FetchError("ERR_FETCH_BAD_TLS_FILE", reason, { path: file.name, found, cause });
}
