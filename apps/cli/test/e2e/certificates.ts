import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate and its key, as files and as text. */
export interface Issued {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority by the openssl program. */
export interface Authority {
  readonly file: string;
  readonly pem: string;
  /** @param days - Validity from and to, in days from now. */
  issue(options?: {
    readonly names?: string;
    readonly days?: readonly [number, number];
    readonly usage?: string;
  }): Issued;
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];

/** Makes an authority below `root`. */
export function makeAuthority(root: string): Authority {
  const path = mkdtempSync(join(root, "ca-"));
  const at = (name: string) => join(path, name);
  selfSign(path, "ca", "/CN=Company CA");
  writeFileSync(at("index.txt"), "");
  let count = 0;
  return {
    file: at("ca.pem"),
    pem: readFileSync(at("ca.pem"), "utf8"),
    issue({ names = "IP:127.0.0.1", days = [-1, 1], usage } = {}) {
      const name = `leaf${++count}`;
      const extensions = [
        `subjectAltName=${names}`,
        ...(usage ? [`extendedKeyUsage=${usage}`] : []),
      ];
      writeFileSync(
        at("ca.cnf"),
        `[ca]\ndefault_ca=d\n[d]\ndatabase=${at("index.txt")}\nserial=${at("serial")}\n` +
          `new_certs_dir=${path}\ndefault_md=sha256\npolicy=p\nx509_extensions=x\n` +
          `unique_subject=no\n[p]\ncommonName=supplied\n[x]\n${extensions.join("\n")}\n`,
      );
      writeFileSync(at("serial"), String(10 + count));
      const files = ["-keyout", at(`${name}.key`), "-out", at(`${name}.csr`)];
      openssl("req", "-new", ...KEY, "-subj", "/CN=server", ...files);
      openssl(
        ...["ca", "-batch", "-notext", "-config", at("ca.cnf"), "-cert", at("ca.pem")],
        ...["-keyfile", at("ca.key"), "-startdate", stamp(days[0]), "-enddate", stamp(days[1])],
        ...["-in", at(`${name}.csr`), "-out", at(`${name}.pem`)],
      );
      return issued(path, name);
    },
  };
}

/** A certificate that signs itself. */
export function selfSigned(root: string): Issued {
  const path = mkdtempSync(join(root, "self-"));
  selfSign(path, "self", "/CN=self", "-addext", "subjectAltName=IP:127.0.0.1");
  return issued(path, "self");
}

function selfSign(path: string, name: string, subject: string, ...more: string[]): void {
  const files = ["-keyout", join(path, `${name}.key`), "-out", join(path, `${name}.pem`)];
  openssl("req", "-x509", ...KEY, "-days", "2", "-subj", subject, ...more, ...files);
}

function issued(path: string, name: string): Issued {
  const [certFile, keyFile] = [join(path, `${name}.pem`), join(path, `${name}.key`)];
  return {
    certFile,
    keyFile,
    cert: readFileSync(certFile, "utf8"),
    key: readFileSync(keyFile, "utf8"),
  };
}

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}

function stamp(days: number): string {
  const date = new Date(Date.now() + days * 86_400_000).toISOString();
  return `${date.replace(/[-:T]/g, "").slice(0, 14)}Z`;
}
