import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import { directory, serverOf } from "./fixture.js";
import type { RawServer } from "./raw-server.js";

const missing = spawnSync("openssl", ["version"]).status !== 0;
if (missing && process.env.CI) {
  throw new Error("needs openssl: not installed on this CI machine");
}

/** `describe` for tests that make certificates. */
export function describeTls(title: string, body: () => void): void {
  if (missing) {
    describe.skip(`${title} (skipped: needs openssl)`, body);
  } else {
    describe(title, body);
  }
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  readonly pem: string;
  issue(options?: { hosts?: readonly string[]; from?: string; to?: string }): Certificate;
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];

/** A certificate authority of its own, by the openssl program. */
export function makeAuthority(): Authority {
  const path = directory();
  const at = (name: string) => join(path, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  openssl(
    "req",
    "-x509",
    ...KEY,
    "-days",
    "2",
    "-subj",
    "/CN=Test CA",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
  );
  writeFileSync(at("index.txt"), "");
  let serial = 1;
  return {
    pem: readFileSync(at("ca.pem"), "utf8"),
    issue({ hosts = ["127.0.0.1", "localhost"], from, to } = {}) {
      const name = `leaf${serial}`;
      const names = hosts.map((host) => `${/^[\d.]+$/.test(host) ? "IP" : "DNS"}:${host}`).join();
      writeFileSync(
        at("ca.cnf"),
        `[ca]\ndefault_ca=d\n[d]\ndatabase=${at("index.txt")}\nserial=${at("serial")}\nnew_certs_dir=${path}\n` +
          `default_md=sha256\npolicy=p\nx509_extensions=x\nunique_subject=no\n` +
          `[p]\ncommonName=supplied\n[x]\nsubjectAltName=${names}\n`,
      );
      writeFileSync(at("serial"), String(10 + serial++));
      openssl(
        "req",
        "-new",
        ...KEY,
        "-subj",
        "/CN=leaf",
        "-keyout",
        at(`${name}.key`),
        "-out",
        at(`${name}.csr`),
      );
      openssl(
        ...["ca", "-batch", "-notext", "-config", at("ca.cnf")],
        ...["-cert", at("ca.pem"), "-keyfile", at("ca.key")],
        ...["-startdate", from ?? stamp(-1), "-enddate", to ?? stamp(1)],
        ...["-in", at(`${name}.csr`), "-out", at(`${name}.pem`)],
      );
      return {
        cert: readFileSync(at(`${name}.pem`), "utf8"),
        key: readFileSync(at(`${name}.key`), "utf8"),
      };
    },
  };
}

/** A certificate that signs itself. */
export function selfSigned(): Certificate {
  const path = directory();
  const [key, cert] = [join(path, "key.pem"), join(path, "cert.pem")];
  const names = ["-addext", "subjectAltName=IP:127.0.0.1"];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      ...KEY,
      "-days",
      "2",
      "-subj",
      "/CN=self",
      ...names,
      "-keyout",
      key,
      "-out",
      cert,
    ],
    { stdio: "pipe" },
  );
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

/** Days from now as openssl wants them. */
export function stamp(days: number): string {
  const date = new Date(Date.now() + days * 86_400_000).toISOString();
  return `${date.replace(/[-:T]/g, "").slice(0, 14)}Z`;
}

export function tlsServer(
  certificate: Certificate,
  answer: Parameters<typeof serverOf>[0],
): Promise<RawServer> {
  return serverOf(answer, { ...certificate });
}
