import { type Certificate, readCertificate } from "./certificate.js";
import { escapeText } from "./escape-text.js";

/** Why there is no trusted TLS connection, in words that stay the same and in words for people. */
export interface TlsFailure {
  readonly found: string;
  readonly reason: string;
  /** The name that was asked for, where the certificate is for others. */
  readonly expected?: string;
}

/** What OpenSSL and Node say, in the words of `FetchError.found`. */
const FOUND: ReadonlyMap<string, string> = new Map([
  ["CERT_HAS_EXPIRED", "expired"],
  ["CERT_NOT_YET_VALID", "not-yet-valid"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "unknown-ca"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unknown-ca"],
  ["UNABLE_TO_GET_ISSUER_CERT", "unknown-ca"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unknown-ca"],
  ["CERT_UNTRUSTED", "unknown-ca"],
  ["CERT_REJECTED", "unknown-ca"],
  ["INVALID_CA", "unknown-ca"],
  ["PATH_LENGTH_EXCEEDED", "unknown-ca"],
  ["CERT_CHAIN_TOO_LONG", "unknown-ca"],
  ["CERT_SIGNATURE_FAILURE", "unknown-ca"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "wrong-host"],
  ["HOSTNAME_MISMATCH", "wrong-host"],
  ["CERT_REVOKED", "revoked"],
  ["INVALID_PURPOSE", "wrong-purpose"],
  ["EE_KEY_TOO_SMALL", "weak-certificate"],
  ["CA_KEY_TOO_SMALL", "weak-certificate"],
  ["CA_MD_TOO_WEAK", "weak-certificate"],
  ["ERR_SSL_DH_KEY_TOO_SMALL", "weak-certificate"],
  ["ERR_SSL_EE_KEY_TOO_SMALL", "weak-certificate"],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "version"],
  ["ERR_SSL_UNSUPPORTED_PROTOCOL", "version"],
  ["ERR_SSL_VERSION_TOO_LOW", "version"],
  ["ERR_SSL_WRONG_SSL_VERSION", "version"],
  ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "handshake-refused"],
  ["ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY", "handshake-refused"],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "client-certificate-wanted"],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "client-certificate-refused"],
  ["ERR_SSL_TLSV1_ALERT_ACCESS_DENIED", "client-certificate-refused"],
  ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", "client-certificate-refused"],
  ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", "client-certificate-refused"],
  ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED", "client-certificate-refused"],
  ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN", "client-certificate-refused"],
  ["ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", "client-certificate-refused"],
  ["ERR_SSL_TLSV1_UNRECOGNIZED_NAME", "unknown-name"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "not-tls"],
  ["ERR_SSL_HTTP_REQUEST", "not-tls"],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", "not-tls"],
]);

const OTHER_TLS_ERROR = /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_|CRL_|EPROTO$)/;

/** Reads an error of Node's TLS; undefined if it is none. `certificate` is what the server showed, in DER. */
export function tlsFailure(
  cause: unknown,
  code: string,
  certificate: Uint8Array | undefined,
): TlsFailure | undefined {
  const found = FOUND.get(code);
  if (found === undefined) {
    return OTHER_TLS_ERROR.test(code)
      ? { found: code, reason: `no TLS connection (${code})` }
      : undefined;
  }
  const shown = certificate === undefined ? undefined : shownBy(certificate);
  const whose = shown === undefined ? "" : `, ${shown.subject || "which names nobody"},`;
  const by = shown === undefined ? "" : `: ${shown.issuer}`;
  const now = Date.now();
  switch (found) {
    case "expired":
      return shown !== undefined && shown.validTo.getTime() >= now
        ? { found, reason: `a certificate above the server's${whose} has expired` }
        : { found, reason: `the server's certificate${whose} expired${at("on", shown?.validTo)}` };
    case "not-yet-valid":
      return shown !== undefined && shown.validFrom.getTime() <= now
        ? { found, reason: `a certificate above the server's${whose} is not valid yet` }
        : {
            found,
            reason: `the server's certificate${whose} is not valid yet${at("but from", shown?.validFrom)}`,
          };
    case "self-signed":
      return { found, reason: `the server's certificate${whose} is signed by itself` };
    case "unknown-ca":
      return {
        found,
        reason: `the server's certificate is signed by an authority that is not trusted${by}`,
      };
    case "wrong-host":
      return wrongHost(cause, shown?.names ?? []);
    case "version":
      return { found, reason: "the server offers no version of TLS that is allowed" };
    case "handshake-refused":
      return {
        found,
        reason:
          "the server refused the handshake: it shares no cipher suite, or wants a client certificate",
      };
    case "client-certificate-refused":
      return { found, reason: `the server refused the client certificate (${code})` };
    default:
      return { found, reason: REASON[found] ?? code };
  }
}

const REASON: Readonly<Record<string, string>> = {
  revoked: "the server's certificate was revoked",
  "wrong-purpose": "the server's certificate is not meant for servers",
  "weak-certificate": "a key or signature of the server is too weak",
  "client-certificate-wanted": "the server wants a client certificate",
  "unknown-name": "the server does not know the name that it was asked for",
  "not-tls": "the server does not speak TLS",
};

function wrongHost(cause: unknown, names: readonly string[]): TlsFailure {
  const found = "wrong-host";
  const shown = names.slice(0, 5).map((name) => name.replace(/^(DNS|IP):/, ""));
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : "";
  const others = shown.length === 0 ? "no host" : escapeText(shown.join(", ")) + more;
  const host = hostOf(cause);
  return host === undefined
    ? { found, reason: `the server's certificate is for ${others}` }
    : {
        found,
        expected: host,
        reason: `the server's certificate is for ${others}, expected ${host}`,
      };
}

/** `tls.checkServerIdentity` leaves the name that it looked for in its error. */
function hostOf(cause: unknown): string | undefined {
  return cause instanceof Error && "host" in cause && typeof cause.host === "string"
    ? escapeText(cause.host)
    : undefined;
}

function at(word: string, date: Date | undefined): string {
  const known = date !== undefined && !Number.isNaN(date.getTime());
  return known ? ` ${word} ${date.toISOString()}` : "";
}

/** What a server shows may be no certificate at all. */
function shownBy(certificate: Uint8Array): Certificate | undefined {
  try {
    return readCertificate(certificate);
  } catch {
    return undefined;
  }
}
