import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import type { PemFile } from "../src/index.js";
import { serverOf } from "./fixture.js";
import type { RawServer } from "./raw-server.js";

const made: string[] = [];
afterAll(() => {
  for (const path of made) {
    rmSync(path, { recursive: true, force: true });
  }
});

/** For all tests of a file, as making keys takes its time. */
function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "mirror-fetch-tls-"));
  made.push(path);
  return path;
}

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

export interface Issue {
  readonly hosts?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  /** extendedKeyUsage. */
  readonly usage?: string;
  /** An authority below this one. */
  readonly authority?: boolean;
}

export interface Authority {
  readonly pem: string;
  readonly file: PemFile;
  issue(options?: Issue): Certificate;
  /** A certificate of an authority below this one, followed by that authority's. */
  issueBelow(options?: Issue): Certificate;
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];

/** A certificate authority of its own, by the openssl program. */
export function makeAuthority(): Authority {
  const path = directory();
  const at = (name: string) => join(path, name);
  const read = (name: string) => readFileSync(at(name), "utf8");
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  openssl(
    ...["req", "-x509", ...KEY, "-days", "2", "-subj", "/CN=Test CA"],
    ...["-keyout", at("ca.key"), "-out", at("ca.pem")],
  );
  writeFileSync(at("index.txt"), "");
  let serial = 1;
  const issueBy = (issuer: string, options: Issue): string => {
    const { hosts = ["127.0.0.1", "localhost"], from, to, usage, authority } = options;
    const name = `leaf${serial}`;
    const names = hosts.map((host) => `${/^[\d.]+$/.test(host) ? "IP" : "DNS"}:${host}`).join();
    const extensions = [
      authority ? "basicConstraints=CA:TRUE" : `subjectAltName=${names}`,
      ...(usage === undefined ? [] : [`extendedKeyUsage=${usage}`]),
    ];
    writeFileSync(
      at("ca.cnf"),
      `[ca]\ndefault_ca=d\n[d]\ndatabase=${at("index.txt")}\nserial=${at("serial")}\n` +
        `new_certs_dir=${path}\ndefault_md=sha256\npolicy=p\nx509_extensions=x\n` +
        `unique_subject=no\n[p]\ncommonName=supplied\n[x]\n${extensions.join("\n")}\n`,
    );
    writeFileSync(at("serial"), String(10 + serial++));
    openssl(
      ...["req", "-new", ...KEY, "-subj", authority ? "/CN=Test CA below" : "/CN=leaf"],
      ...["-keyout", at(`${name}.key`), "-out", at(`${name}.csr`)],
    );
    openssl(
      ...["ca", "-batch", "-notext", "-config", at("ca.cnf")],
      ...["-cert", at(`${issuer}.pem`), "-keyfile", at(`${issuer}.key`)],
      ...["-startdate", from ?? stamp(-1), "-enddate", to ?? stamp(1)],
      ...["-in", at(`${name}.csr`), "-out", at(`${name}.pem`)],
    );
    return name;
  };
  return {
    pem: read("ca.pem"),
    file: { name: "ca.pem", text: read("ca.pem") },
    issue(options = {}) {
      const name = issueBy("ca", options);
      return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
    },
    issueBelow(options = {}) {
      const below = issueBy("ca", { ...options, authority: true });
      const name = issueBy(below, { hosts: options.hosts ?? ["127.0.0.1"] });
      return { cert: read(`${name}.pem`) + read(`${below}.pem`), key: read(`${name}.key`) };
    },
  };
}

/** A certificate that signs itself. */
export function selfSigned(): Certificate {
  const path = directory();
  const [key, cert] = [join(path, "key.pem"), join(path, "cert.pem")];
  const names = ["-addext", "subjectAltName=IP:127.0.0.1"];
  const request = ["req", "-x509", ...KEY, "-days", "2", "-subj", "/CN=self", ...names];
  execFileSync("openssl", [...request, "-keyout", key, "-out", cert], { stdio: "pipe" });
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

/** Days from now as openssl wants them. */
export function stamp(days: number): string {
  const date = new Date(Date.now() + days * 86_400_000).toISOString();
  return `${date.replace(/[-:T]/g, "").slice(0, 14)}Z`;
}

/** A certificate and its key as options of a fetcher. */
export function shown({ cert, key }: Certificate): { cert: PemFile; key: PemFile } {
  return { cert: { name: "cert.pem", text: cert }, key: { name: "key.pem", text: key } };
}

export function tlsServer(
  certificate: Certificate,
  answer: Parameters<typeof serverOf>[0],
): Promise<RawServer> {
  return serverOf(answer, { ...certificate });
}
