import type { Certificate, TlsProbe } from "@mirror/fetch";
import { escapeText } from "./escape.js";

/** What a server was found to speak, for people; every text of the server is escaped. */
export function renderTlsProbe(probe: TlsProbe): string {
  const { url, versions, connection, chain, refused } = probe;
  const lines = [
    `TLS check of ${url}`,
    "",
    "[+] TLS Version Support:",
    ...versions.map(
      ({ version, supported, reason }) =>
        `    TLS ${version}: ${supported ? "Supported" : `Not Supported (${reason})`}`,
    ),
    "",
    "[+] Connection Details:",
    ...(connection === undefined
      ? [`    Refused: ${refused?.reason}`]
      : [
          `    Version: TLS ${connection.version}`,
          `    Cipher Suite: ${connection.cipherSuite}`,
          `    Server Name: ${connection.serverName ?? "none, the URL has an address"}`,
          `    Verified: ${connection.trusted ? "yes" : `no (${connection.distrust})`}`,
        ]),
    "",
    "[+] Server Certificate Chain:",
    ...(chain.length === 0 ? ["    none was shown"] : chain.flatMap(certificateLines)),
    "",
    "TLS check complete.",
  ];
  return `${lines.map(escapeText).join("\n")}\n`;
}

function certificateLines(certificate: Certificate, index: number): string[] {
  const { subject, issuer, names, validFrom, validTo, key, serialNumber, sha256 } = certificate;
  return [
    `    [${index}] Subject: ${subject}`,
    `        Issuer: ${issuer}`,
    ...(names.length === 0 ? [] : [`        Names: ${names.join(", ")}`]),
    `        Valid From: ${isoDate(validFrom)}`,
    `        Valid To: ${isoDate(validTo)}`,
    `        Key: ${key}`,
    `        Serial Number: ${serialNumber}`,
    `        SHA-256: ${sha256}`,
  ];
}

/** A server may write anything for a date. */
function isoDate(date: Date): string {
  return Number.isNaN(date.getTime()) ? "unreadable" : date.toISOString();
}
