// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what the files hold
import { describe, expect, test } from "vitest";
import { facts, file, mirror, mirrorKeys, parse, problem } from "./given.js";

const PAIR = 'client_cert_file = "/c.pem"\nclient_key_file = "/k.pem"\n';

function tlsOf(text: string, env: Record<string, string> = {}) {
  return parse(text, { env }).mirrors.map(({ tls }) => tls);
}

describe("the TLS of a mirror", () => {
  test("takes each key from the environment, itself, [defaults.tls] or [tls], whichever comes first", () => {
    const text = `dir = "/x"
      [tls]
      min_version = "1.3"
      server_name = "global.test"
      ca_cert_file = "/global.pem"
      cipher_suites = ["TLS_AES_128_GCM_SHA256"]
      [defaults.tls]
      server_name = "defaults.test"
      ca_cert_file = "/defaults.pem"
      [mirrors.own]
      ${mirrorKeys()}
      [mirrors.own.tls]
      ca_cert_file = "/own.pem"
      [mirrors.inherits]
      ${mirrorKeys()}`;
    const shared = {
      minVersion: "1.3",
      insecureSkipVerify: false,
      cipherSuites: ["TLS_AES_128_GCM_SHA256"],
      serverName: "defaults.test",
    };
    expect(tlsOf(text)).toEqual([
      { ...shared, caCertFile: "/own.pem" },
      { ...shared, caCertFile: "/defaults.pem" },
    ]);
    expect(tlsOf(text, { MIRRORCTL_TLS_CA_CERT_FILE: "/env.pem" })).toEqual([
      { ...shared, caCertFile: "/env.pem" },
      { ...shared, caCertFile: "/env.pem" },
    ]);
  });

  test("is read whole from the environment, lists by comma", () => {
    const env = {
      MIRRORCTL_TLS_MIN_VERSION: "1.2",
      MIRRORCTL_TLS_MAX_VERSION: "1.3",
      MIRRORCTL_TLS_INSECURE_SKIP_VERIFY: "T",
      MIRRORCTL_TLS_CA_CERT_FILE: "/ca.pem",
      MIRRORCTL_TLS_CLIENT_CERT_FILE: "/c.pem",
      MIRRORCTL_TLS_CLIENT_KEY_FILE: "/k.pem",
      MIRRORCTL_TLS_CIPHER_SUITES: "TLS_AES_128_GCM_SHA256 , TLS_AES_256_GCM_SHA384",
      MIRRORCTL_TLS_SERVER_NAME: "deb.test",
    };
    expect(tlsOf(file(""), env)).toEqual([
      {
        minVersion: "1.2",
        maxVersion: "1.3",
        insecureSkipVerify: true,
        caCertFile: "/ca.pem",
        clientCertFile: "/c.pem",
        clientKeyFile: "/k.pem",
        cipherSuites: ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"],
        serverName: "deb.test",
      },
    ]);
  });

  test.each(["1", "t", "TRUE", "true"])("is insecure by a variable that says %s", (value) => {
    const env = { MIRRORCTL_TLS_INSECURE_SKIP_VERIFY: value };
    expect(tlsOf(file(""), env)[0]?.insecureSkipVerify).toBe(true);
  });

  test.each(["0", "f", "False", ""])("is secure by a variable that says %j", (value) => {
    const env = { MIRRORCTL_TLS_INSECURE_SKIP_VERIFY: value };
    const text = file("", `tls = { insecure_skip_verify = ${value === ""} }`);
    expect(tlsOf(text, env)[0]?.insecureSkipVerify).toBe(value === "");
  });

  test("may have its certificate from the file and its key from the environment", () => {
    const text = file('[tls]\nclient_cert_file = "/c.pem"');
    expect(tlsOf(text, { MIRRORCTL_TLS_CLIENT_KEY_FILE: "/k.pem" })[0]).toMatchObject({
      clientCertFile: "/c.pem",
      clientKeyFile: "/k.pem",
    });
  });

  test.each(["[tls]", "tls = {}"])("may be given without a key: %s", (text) => {
    expect(tlsOf(file(text))).toEqual(tlsOf(file("")));
  });
});

describe("TLS keys that do not go together are refused", () => {
  test.each([
    ["tls.client_cert_file", 'client_cert_file = "/c.pem"'],
    ["tls.client_key_file", 'client_key_file = "/k.pem"'],
    ["tls.max_version", 'min_version = "1.3"\nmax_version = "1.2"'],
  ])("once for all mirrors: %s", (path, lines) => {
    const text = `${file(`[tls]\n${lines}`)}\n[mirrors.second]\n${mirrorKeys()}`;
    expect(facts(text)).toEqual([`ERR_CONFIG_CONFLICT ${path}`]);
    expect(problem(text).line).toBeGreaterThan(2);
  });

  test.each([
    ["client_cert_file", 'client_cert_file = "/c.pem"'],
    ["client_key_file", 'client_key_file = "/k.pem"'],
    ["max_version", 'min_version = "1.3"\nmax_version = "1.2"'],
  ])("where a layer makes them so: %s", (key, lines) => {
    expect(facts(file("", `[mirrors.m.tls]\n${lines}`))).toEqual([
      `ERR_CONFIG_CONFLICT mirrors.m.tls.${key}`,
    ]);
    expect(facts(file(`[defaults.tls]\n${lines}`))).toEqual([
      `ERR_CONFIG_CONFLICT defaults.tls.${key}`,
    ]);
  });

  test("when the environment makes them so", () => {
    const env = { MIRRORCTL_TLS_MIN_VERSION: "1.3" };
    expect(facts(file('[tls]\nmax_version = "1.2"'), { env })).toEqual([
      "ERR_CONFIG_CONFLICT tls.max_version",
    ]);
  });

  test("and a mirror with a certificate of its own needs its own key only where none is inherited", () => {
    expect(facts(file("", '[mirrors.m.tls]\nclient_cert_file = "/c.pem"'))).toHaveLength(1);
    const text = file(`[tls]\n${PAIR}`, '[mirrors.m.tls]\nclient_cert_file = "/own.pem"');
    expect(tlsOf(text)[0]).toMatchObject({ clientCertFile: "/own.pem", clientKeyFile: "/k.pem" });
  });
});

describe("a TLS value is refused", () => {
  test.each([
    ["min_version", '"1.1"', "ERR_CONFIG_BAD_VALUE"],
    ["min_version", '"TLS1.2"', "ERR_CONFIG_BAD_VALUE"],
    ["min_version", "1.2", "ERR_CONFIG_WRONG_TYPE"],
    ["max_version", '"1.0"', "ERR_CONFIG_BAD_VALUE"],
    ["insecure_skip_verify", '"yes"', "ERR_CONFIG_WRONG_TYPE"],
    ["ca_cert_file", '"ca.pem"', "ERR_CONFIG_BAD_PATH"],
    ["client_key_file", '""', "ERR_CONFIG_BAD_PATH"],
    ["cipher_suites", "[]", "ERR_CONFIG_BAD_VALUE"],
    ["server_name", '"127.0.0.1"', "ERR_CONFIG_BAD_VALUE"],
    ["server_name", '"::1"', "ERR_CONFIG_BAD_VALUE"],
    ["server_name", '"a b"', "ERR_CONFIG_BAD_VALUE"],
    ["server_name", '"-a.test"', "ERR_CONFIG_BAD_VALUE"],
    ["server_name", '"a..test"', "ERR_CONFIG_BAD_VALUE"],
    ["server_name", '"https://a.test"', "ERR_CONFIG_BAD_VALUE"],
  ])("%s = %s", (key, value, code) => {
    expect(problem(file("", `[mirrors.m.tls]\n${key} = ${value}`))).toMatchObject({
      code,
      path: `mirrors.m.tls.${key}`,
    });
  });

  test("with the cipher suite that was meant", () => {
    const lines = '[mirrors.m.tls]\ncipher_suites = ["TLS_AES_256_GCM_SHA383", "RC4-MD5"]';
    expect(facts(file("", lines))).toEqual([
      "ERR_CONFIG_BAD_VALUE mirrors.m.tls.cipher_suites[0]",
      "ERR_CONFIG_BAD_VALUE mirrors.m.tls.cipher_suites[1]",
    ]);
    const misspelt = '[mirrors.m.tls]\ncipher_suites = ["TLS_AES_256_GCM_SHA383"]';
    expect(problem(file("", misspelt)).suggestion).toBe("TLS_AES_256_GCM_SHA384");
  });

  test.each(["yes", "2"])("of a variable that wants a boolean: %s", (value) => {
    const env = { MIRRORCTL_TLS_INSECURE_SKIP_VERIFY: value };
    expect(problem(file(""), { env })).toMatchObject({
      code: "ERR_CONFIG_BAD_VALUE",
      variable: "MIRRORCTL_TLS_INSECURE_SKIP_VERIFY",
    });
  });

  test("by the name of a key that does not exist", () => {
    expect(problem(file("[tls]\nca_cert_fil = '/x'"))).toMatchObject({
      code: "ERR_CONFIG_UNKNOWN_KEY",
      suggestion: "tls.ca_cert_file",
    });
  });
});

describe("auth_file", () => {
  test("is the mirror's own, else that of [defaults], else the global one", () => {
    expect(mirror('auth_file = "/a"').authFile).toBe("/a");
    expect(parse(file('auth_file = "/g"')).mirrors[0]?.authFile).toBe("/g");
    const layered = file('auth_file = "/g"\n[defaults]\nauth_file = "/d"');
    expect(parse(layered).mirrors[0]?.authFile).toBe("/d");
    expect(parse(file("")).mirrors[0]).not.toHaveProperty("authFile");
  });

  test("expands names", () => {
    const env = { CREDENTIALS_DIRECTORY: "/run/credentials/m" };
    const text = file("", 'auth_file = "${CREDENTIALS_DIRECTORY}/auth.conf"');
    expect(parse(text, { env }).mirrors[0]?.authFile).toBe("/run/credentials/m/auth.conf");
  });
});
