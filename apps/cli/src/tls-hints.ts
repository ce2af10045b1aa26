const CLOCK = "check this machine's clock";

/** What to do next about a server that is not trusted or does not trust us, by what was found. */
export const TLS_HINTS: Readonly<Record<string, string>> = {
  expired: `the server's operator must renew the certificate; ${CLOCK}`,
  "not-yet-valid": CLOCK,
  "self-signed": "get the certificate from the server's operator and name it in ca_cert_file",
  "unknown-ca":
    "add the authority to the system (update-ca-certificates), or name it in ca_cert_file or SSL_CERT_FILE",
  "wrong-host": "correct the host in url, or set server_name to a name of the certificate",
  revoked: "do not use this server; tell its operator",
  "wrong-purpose": "the server's operator must use a certificate for servers (serverAuth)",
  "weak-certificate": "the server's operator must use a stronger key",
  version: "correct min_version and max_version, or have TLS 1.2 or 1.3 enabled on the server",
  "handshake-refused": "set client_cert_file and client_key_file, or correct cipher_suites",
  "client-certificate-wanted": "set client_cert_file and client_key_file",
  "client-certificate-refused":
    "check client_cert_file: its dates, and that the server knows its authority",
  "unknown-name": "correct server_name, or the host in url",
  "not-tls": "correct the port in url, or write http:// there",
};
