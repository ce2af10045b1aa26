import { X509Certificate } from "node:crypto";
import { escapeText } from "./escape-text.js";

/** Most names of one certificate that are told. */
const MOST_NAMES = 100;

/** What a certificate says of itself; its texts are escaped. */
export interface Certificate {
  /** Such as `CN=deb.example.org, O=Example`. */
  readonly subject: string;
  readonly issuer: string;
  /** Host names and addresses that it is for, such as `DNS:deb.example.org`; the first 100. */
  readonly names: readonly string[];
  readonly validFrom: Date;
  readonly validTo: Date;
  /** Such as `RSA 2048`, `EC prime256v1` or `ED25519`. */
  readonly key: string;
  /** Lower-case hex. */
  readonly serialNumber: string;
  /** Digest of the certificate in lower-case hex. */
  readonly sha256: string;
}

/** The facts of a certificate in DER or PEM. @throws Error for what is none. */
export function readCertificate(bytes: Uint8Array | string): Certificate {
  return describeCertificate(new X509Certificate(bytes));
}

/** The facts of a certificate. */
export function describeCertificate(certificate: X509Certificate): Certificate {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: namesOf(certificate.subjectAltName),
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
    key: keyOf(certificate),
    serialNumber: certificate.serialNumber.toLowerCase(),
    sha256: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}

/** Node writes a distinguished name as lines; undefined for an empty one. */
function oneLine(name: string | undefined): string {
  return escapeText((name ?? "").split("\n").join(", "));
}

function namesOf(list: string | undefined): string[] {
  const names = list === undefined || list === "" ? [] : list.split(", ");
  return names.slice(0, MOST_NAMES).map((name) => escapeText(name.replace(/^IP Address:/, "IP:")));
}

function keyOf(certificate: X509Certificate): string {
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  const detail = asymmetricKeyDetails?.modulusLength ?? asymmetricKeyDetails?.namedCurve ?? "";
  return `${(asymmetricKeyType ?? "unknown").toUpperCase()} ${detail}`.trimEnd();
}
