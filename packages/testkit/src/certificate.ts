import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "./temporary-directory.js";
import { runToolOk } from "./tool.js";

/** A self-signed certificate and its key, PEM; the certificate is its own CA bundle. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What {@link createCertificate} makes. */
export interface CertificateOptions {
  /** DNS names and IP addresses it is for; `localhost` and `127.0.0.1` by default. */
  readonly hosts?: readonly string[];
  /** Days that it is valid from now; 2 by default. */
  readonly days?: number;
}

/**
 * Makes a self-signed certificate by the openssl program, for `serve(root, { tls })`.
 *
 * @throws TestkitError `ERR_TESTKIT_MISSING_TOOL`, `ERR_TESTKIT_TOOL_FAILED`
 */
export async function createCertificate(
  options: CertificateOptions = {},
): Promise<TestCertificate> {
  const hosts = options.hosts ?? ["localhost", "127.0.0.1"];
  const names = hosts.map((host) => `${/^[\d.]+$|:/.test(host) ? "IP" : "DNS"}:${host}`).join(",");
  const directory = await temporaryDirectory("certificate-");
  try {
    const key = join(directory.path, "key.pem");
    const cert = join(directory.path, "cert.pem");
    await runToolOk("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"],
      ...["-days", String(options.days ?? 2), "-subj", `/CN=${hosts[0] ?? "localhost"}`],
      ...["-addext", `subjectAltName=${names}`, "-keyout", key, "-out", cert],
    ]);
    return { cert: await readFile(cert, "utf8"), key: await readFile(key, "utf8") };
  } finally {
    await directory.remove();
  }
}
