import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { inspect } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { FetchError, inspectTls, type PemFile, type TlsOptions } from "../src/index.js";
import { type Certificate, describeTls, makeAuthority, shown, stamp } from "./certificates.js";
import { directory } from "./fixture.js";

const pem = (text: string): PemFile => ({ name: "/etc/x.pem", text });

function errorOf(options: TlsOptions): unknown {
  try {
    inspectTls(options);
  } catch (error) {
    return error;
  }
  return expect.unreachable("nothing was refused");
}

describeTls("the files of TLS options", () => {
  let ca: PemFile;
  let own: Certificate;
  let other: Certificate;
  let encrypted: string;

  beforeAll(() => {
    const authority = makeAuthority();
    ca = authority.file;
    own = authority.issue({ to: stamp(1) });
    other = authority.issue();
    const out = join(directory(), "key.pem");
    const request = ["genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:x", "-out", out];
    execFileSync("openssl", request, { stdio: "pipe" });
    encrypted = execFileSync("cat", [out], { encoding: "utf8" });
  });

  it("are told with what they hold", () => {
    const { authorities, clientCertificate } = inspectTls({
      ca: pem(`# a comment\n${ca.text}\n${ca.text}`),
      ...shown(own),
    });
    expect(authorities).toHaveLength(2);
    expect(authorities[0]).toMatchObject({ subject: "CN=Test CA", issuer: "CN=Test CA" });
    expect(clientCertificate).toMatchObject({
      subject: "CN=leaf",
      names: ["IP:127.0.0.1", "DNS:localhost"],
      key: "EC prime256v1",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(clientCertificate?.validTo.getTime()).toBeGreaterThan(Date.now());
  });

  it("may be none", () => {
    expect(inspectTls({})).toEqual({ authorities: [], clientCertificate: undefined });
  });

  it("that cannot be used are errors that name the file", () => {
    const cert = pem(own.cert);
    const key = pem(own.key);
    const begin = "-----BEGIN CERTIFICATE-----";
    const cases: [string, TlsOptions][] = [
      ["no-certificate", { ca: pem("") }],
      ["no-certificate", { ca: pem("garbage") }],
      ["no-certificate", { ca: key }],
      ["bad-certificate", { ca: pem(ca.text + begin) }],
      ["bad-certificate", { ca: pem(`${ca.text}${begin}\nAAAA\n-----END CERTIFICATE-----\n`) }],
      ["bad-certificate", { ca: pem(ca.text.replace("MII", "MIA")) }],
      ["bad-certificate", { ca: pem(ca.text.replaceAll("CERT", "TRUSTED CERT")) }],
      ["no-certificate", { cert: key, key }],
      ["no-key", { cert, key: cert }],
      ["no-key", { cert, key: pem("") }],
      ["bad-key", { cert, key: pem(own.key.replace("MIG", "MIA")) }],
      ["encrypted-key", { cert, key: pem(encrypted) }],
      ["key-mismatch", { cert, key: pem(other.key) }],
    ];
    for (const [found, options] of cases) {
      const error = errorOf(options);
      expect(error).toBeInstanceOf(FetchError);
      expect(error).toMatchObject({ code: "ERR_FETCH_BAD_TLS_FILE", path: "/etc/x.pem", found });
      expect(inspect(error, { depth: 9 })).not.toContain(own.key.split("\n")[1]);
    }
  });

  it("that cannot be meant are TypeErrors", () => {
    const wrong: TlsOptions[] = [
      { cert: pem(own.cert) },
      { key: pem(own.key) },
      { minVersion: "1.3", maxVersion: "1.2" },
      { cipherSuites: ["RC4-MD5"] },
    ];
    for (const options of wrong) {
      expect(errorOf(options)).toBeInstanceOf(TypeError);
    }
  });
});
