import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { createServer as createProxy } from "node:http";
import type { ServerOptions } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openUpstream, type Upstream } from "../upstream.js";
import { type Authority, type Issued, makeAuthority, selfSigned } from "./certificates.js";
import { BUNDLE, type Ran } from "./mirrorctl.js";
import { type SecureServer, serveSecurely } from "./secure-server.js";

const SECRET = "hunter2-%41:@/#";
const BASE64 = Buffer.from(`me:${SECRET}`).toString("base64");
const OLD: ServerOptions = { minVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0" };

interface Place extends Upstream {
  readonly authority: Authority;
  serve(options: ServerOptions, password?: string): Promise<SecureServer>;
  /** One mirror `demo` of a server, with further lines. */
  mirror(server: SecureServer, lines?: string, top?: string): Promise<void>;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>;
}

async function place(): Promise<Place> {
  const upstream = await openUpstream();
  const { root, keyring, config, repository } = upstream;
  return {
    ...upstream,
    authority: makeAuthority(root),
    serve: (options, password) => serveSecurely(repository.directory, options, password),
    mirror: (server, lines = "", top = "") =>
      upstream.configure(
        {
          demo: `url = "${server.url}"\nsuites = ["stable"]\nsections = ["main"]\narchitectures = ["amd64"]
pgp_key_path = "${keyring}"\nretries = 0\n${lines}`,
        },
        top,
      ),
    async run(args, env = {}) {
      const child = spawn(process.execPath, [BUNDLE, ...args, "-c", config], {
        cwd: root,
        env: { PATH: process.env.PATH, NO_COLOR: "1", ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [stdout, stderr, status] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1))),
      ]);
      return { status, stdout, stderr };
    },
  };
}

const ca = (at: Place) => `[mirrors.demo.tls]\nca_cert_file = "${at.authority.file}"\n`;
const wanting = (at: Place): ServerOptions => ({
  requestCert: true,
  rejectUnauthorized: true,
  ca: at.authority.pem,
});

type Case = [string, RegExp, (at: Place) => { server: ServerOptions; tls: string }];
const REFUSED: Case[] = [
  [
    "of an unknown authority",
    /authority that is not trusted: CN=Company CA/,
    (at) => ({ server: at.authority.issue(), tls: "" }),
  ],
  ["that signs itself", /signed by itself/, (at) => ({ server: selfSigned(at.root), tls: ca(at) })],
  [
    "that has expired",
    /certificate, CN=server, expired on 20/,
    (at) => ({ server: at.authority.issue({ days: [-3, -2] }), tls: ca(at) }),
  ],
  [
    "that is not valid yet",
    /is not valid yet/,
    (at) => ({ server: at.authority.issue({ days: [1, 2] }), tls: ca(at) }),
  ],
  [
    "for another host",
    /is for deb\.example\.org, expected 127\.0\.0\.1/,
    (at) => ({ server: at.authority.issue({ names: "DNS:deb.example.org" }), tls: ca(at) }),
  ],
  [
    "for another name than server_name",
    /is for 127\.0\.0\.1, expected deb\.example\.org/,
    (at) => ({ server: at.authority.issue(), tls: `${ca(at)}server_name = "deb.example.org"` }),
  ],
  [
    "for clients",
    /not meant for servers/,
    (at) => ({ server: at.authority.issue({ usage: "clientAuth" }), tls: ca(at) }),
  ],
  [
    "with TLS 1.0 alone",
    /no version of TLS that is allowed/,
    (at) => ({ server: { ...at.authority.issue(), ...OLD, maxVersion: "TLSv1" }, tls: ca(at) }),
  ],
  [
    "with TLS 1.1 alone",
    /no version of TLS that is allowed/,
    (at) => ({ server: { ...at.authority.issue(), ...OLD, maxVersion: "TLSv1.1" }, tls: ca(at) }),
  ],
  [
    "below min_version",
    /no version of TLS that is allowed/,
    (at) => ({
      server: { ...at.authority.issue(), maxVersion: "TLSv1.2" },
      tls: `${ca(at)}min_version = "1.3"`,
    }),
  ],
  [
    "above max_version",
    /no version of TLS that is allowed/,
    (at) => ({
      server: { ...at.authority.issue(), minVersion: "TLSv1.3" },
      tls: `${ca(at)}max_version = "1.2"`,
    }),
  ],
  [
    "without a cipher suite in common",
    /shares no cipher suite/,
    (at) => ({
      server: { ...at.authority.issue(), minVersion: "TLSv1.3", ciphers: "TLS_AES_128_GCM_SHA256" },
      tls: `${ca(at)}cipher_suites = ["TLS_AES_256_GCM_SHA384"]`,
    }),
  ],
  [
    "that wants a client certificate",
    /wants a client certificate/,
    (at) => ({ server: { ...at.authority.issue(), ...wanting(at) }, tls: ca(at) }),
  ],
];

const ACCEPTED: [string, (at: Place) => { server: ServerOptions; tls: string }][] = [
  ["ca_cert_file", (at) => ({ server: at.authority.issue(), tls: ca(at) })],
  [
    "server_name",
    (at) => ({
      server: at.authority.issue({ names: "DNS:deb.example.org" }),
      tls: `${ca(at)}server_name = "deb.example.org"`,
    }),
  ],
  ["min_version", (at) => ({ server: at.authority.issue(), tls: `${ca(at)}min_version = "1.3"` })],
  ["max_version", (at) => ({ server: at.authority.issue(), tls: `${ca(at)}max_version = "1.2"` })],
  [
    "cipher_suites",
    (at) => ({
      server: at.authority.issue(),
      tls: `${ca(at)}cipher_suites = ["TLS_CHACHA20_POLY1305_SHA256"]`,
    }),
  ],
  [
    "client_cert_file and client_key_file",
    (at) => {
      const client: Issued = at.authority.issue();
      const pair = `client_cert_file = "${client.certFile}"\nclient_key_file = "${client.keyFile}"\n`;
      return { server: { ...at.authority.issue(), ...wanting(at) }, tls: ca(at) + pair };
    },
  ],
  [
    "insecure_skip_verify",
    (at) => ({
      server: selfSigned(at.root),
      tls: "[mirrors.demo.tls]\ninsecure_skip_verify = true",
    }),
  ],
];

const missing = spawnSync("openssl", ["version"]).status !== 0;
beforeAll(() => {
  if (missing && process.env.CI) throw new Error("needs openssl: not installed on this CI machine");
  if (!existsSync(BUNDLE)) throw new Error("needs the bundle: run the build first");
});

describe.skipIf(missing)(missing ? "https (skipped: needs openssl)" : "https", () => {
  test.each(REFUSED)("a server %s is refused before a request is sent", async (_, reason, make) => {
    const at = await place();
    const { server: options, tls } = make(at);
    const server = await at.serve(options);
    await at.mirror(server, tls);

    const sync = await at.run(["sync", "--json"]);
    expect([sync.status, sync.stderr]).toEqual([1, expect.stringMatching(reason)]);
    expect(JSON.parse(sync.stdout).mirrors[0].error.code).toBe("ERR_FETCH_TLS");
    expect(sync.stderr).toContain("hint: ");
    const check = await at.run(["check", "tls", "demo"]);
    expect([check.status, check.stderr]).toEqual([1, expect.stringMatching(reason)]);
    expect(check.stdout).toMatch(/\n {4}Refused: /);
    expect(server.requests).toEqual([]);
    expect(existsSync(join(at.dir, "demo/latest"))).toBe(false);
  });

  test.each(ACCEPTED)("%s works for sync and check tls", async (_, make) => {
    const at = await place();
    const { server: options, tls } = make(at);
    const server = await at.serve(options);
    await at.mirror(server, tls);

    const check = await at.run(["check", "tls", "demo"]);
    expect([check.status, check.stderr.replace(/^WARN.*\n/m, "")]).toEqual([0, ""]);
    expect(server.requests).toEqual([]);
    const sync = await at.run(["sync"]);
    expect([sync.status, sync.stderr]).toEqual([0, expect.stringContaining("completed")]);
    expect(existsSync(join(at.dir, "demo/latest/dists/stable/InRelease"))).toBe(true);
  });

  test("insecure_skip_verify warns on every run, and check tls says what it lets pass", async () => {
    const at = await place();
    await at.mirror(await at.serve(selfSigned(at.root)), "tls = { insecure_skip_verify = true }");
    for (const args of [["sync"], ["sync"], ["sync", "--dry-run"], ["check", "config"]]) {
      const { status, stderr } = await at.run(args);
      expect([status, stderr]).toEqual([0, expect.stringContaining("insecure_skip_verify")]);
    }
    const { stdout, stderr } = await at.run(["check", "tls", "demo"]);
    expect(stderr).toContain("insecure_skip_verify");
    expect(stdout).toMatch(/Verified: no \(.*signed by itself/);
  });

  test("the keys hold for all mirrors from [tls] and from the environment", async () => {
    const at = await place();
    const server = await at.serve(at.authority.issue());
    await at.mirror(server, "", `[tls]\nca_cert_file = "${at.authority.file}"`);
    expect((await at.run(["check", "tls", "demo"])).status).toBe(0);
    await at.mirror(server);
    expect((await at.run(["check", "tls", "demo"])).status).toBe(1);
    const env = { MIRRORCTL_TLS_CA_CERT_FILE: at.authority.file };
    expect((await at.run(["sync"], env)).status).toBe(0);
    expect((await at.run(["sync"], { SSL_CERT_FILE: at.authority.file })).status).toBe(0);
  });

  test("ca_cert_file replaces what else is trusted", async () => {
    const at = await place();
    const server = await at.serve(at.authority.issue());
    const other = makeAuthority(at.root);
    await at.mirror(server, `tls = { ca_cert_file = "${other.file}" }`);
    const { status, stderr } = await at.run(["sync"], { SSL_CERT_FILE: at.authority.file });
    expect([status, stderr]).toEqual([1, expect.stringContaining("not trusted")]);
  });

  test("check tls prints versions, connection and chain, and the same as JSON", async () => {
    const at = await place();
    await at.mirror(await at.serve({ ...at.authority.issue(), ...OLD }), ca(at));
    const { status, stdout } = await at.run(["check", "tls", "demo"]);
    expect(status).toBe(0);
    const headings = stdout.split("\n").filter((line) => /^(\[\+\]|TLS)/.test(line));
    expect(headings.slice(1)).toEqual([
      "[+] TLS Version Support:",
      "[+] Connection Details:",
      "[+] Server Certificate Chain:",
      "TLS check complete.",
    ]);
    for (const line of [
      "    TLS 1.0: Supported",
      "    TLS 1.1: Supported",
      "    TLS 1.2: Supported",
      "    TLS 1.3: Supported",
      "    Version: TLS 1.3",
      "    Verified: yes",
      "    [0] Subject: CN=server",
      "        Issuer: CN=Company CA",
      "        Names: IP:127.0.0.1",
    ]) {
      expect(stdout.split("\n")).toContain(line);
    }
    const json = JSON.parse((await at.run(["check", "tls", "d*", "--json"])).stdout);
    expect(json).toMatchObject({
      ok: true,
      command: "check tls",
      mirrors: [
        {
          id: "demo",
          ok: true,
          servers: [
            {
              connection: { version: "1.3", trusted: true },
              chain: [{ subject: "CN=server" }, { subject: "CN=Company CA" }],
            },
          ],
        },
      ],
    });
    expect((await at.run(["check", "tls", "demo", "-q"])).stdout).toBe("");
  });

  test("check tls of what cannot be probed says why", async () => {
    const at = await place();
    const none = await at.run(["check", "tls", "demo"]);
    expect([none.status, none.stderr]).toEqual([
      1,
      expect.stringContaining("expected an https URL"),
    ]);
    const unknown = await at.run(["check", "tls", "demi"]);
    expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringContaining('"demo"')]);
    await at.mirror({ url: "https://127.0.0.1:1/", port: 1, requests: [] });
    const closed = await at.run(["check", "tls", "demo"]);
    expect([closed.status, closed.stderr]).toEqual([1, expect.stringContaining("ECONNREFUSED")]);
  });

  test("a bad file is an error for check config, sync and check tls, and nothing is sent", async () => {
    const at = await place();
    const server = await at.serve(at.authority.issue());
    const [own, other] = [at.authority.issue(), at.authority.issue()];
    const empty = join(at.root, "empty.pem");
    writeFileSync(empty, "");
    for (const [lines, reason] of [
      [`ca_cert_file = "${empty}"`, "no PEM certificate"],
      [`ca_cert_file = "${at.root}/none.pem"`, "ENOENT"],
      [`client_cert_file = "${own.certFile}"\nclient_key_file = "${other.keyFile}"`, "not the key"],
      [`client_cert_file = "${own.certFile}"\nclient_key_file = "${empty}"`, "no PEM private key"],
      [`client_cert_file = "${own.certFile}"`, "without client_key_file"],
      ['ca_cert_file = "ca.pem"', "absolute path"],
      ['min_version = "1.1"', "1.2"],
    ] as const) {
      await at.mirror(server, `[mirrors.demo.tls]\n${lines}`);
      for (const args of [["check", "config"], ["sync"], ["check", "tls", "demo"]]) {
        const { status, stderr } = await at.run(args);
        expect([args, status, stderr]).toEqual([args, 1, expect.stringContaining(reason)]);
      }
    }
    expect(server.requests).toEqual([]);
  });
});

/** Everything below a directory, names and contents. */
function everythingIn(path: string): string {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .map(
      (entry) =>
        join(entry.parentPath, entry.name) +
        (entry.isFile() ? readFileSync(join(entry.parentPath, entry.name), "latin1") : ""),
    )
    .join("\n");
}

describe.skipIf(missing)(missing ? "credentials (skipped: needs openssl)" : "credentials", () => {
  async function withPassword(host = "127.0.0.1") {
    const at = await place();
    const server = await at.serve(at.authority.issue(), SECRET);
    const file = join(at.root, "auth.conf");
    writeFileSync(file, `machine ${host} login me password ${SECRET}\n`, { mode: 0o600 });
    await at.mirror(server, `auth_file = "${file}"\n${ca(at)}`);
    return { at, server, file };
  }

  test("of auth_file open a repository, and are in no output, file or command line", async () => {
    const { at, server } = await withPassword();
    const told: string[] = [];
    let looks = 0;
    const look = setInterval(() => {
      for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
          told.push(readFileSync(`/proc/${pid}/cmdline`, "latin1"));
        } catch {}
      }
      looks++;
    }, 20);
    onTestFinished(() => clearInterval(look));
    for (const args of [
      ["sync", "-l", "debug", "--verbose-errors"],
      ["sync", "--json"],
      ["sync", "--dry-run"],
      ["check", "config"],
      ["check", "tls", "demo", "--json"],
    ]) {
      const { status, stdout, stderr } = await at.run(args);
      expect([args, status, stderr]).toEqual([args, 0, stderr]);
      told.push(stdout, stderr);
    }
    clearInterval(look);
    expect(server.requests.length).toBeGreaterThan(3);
    expect(looks).toBeGreaterThan(0);
    told.push(everythingIn(at.dir));
    expect(told.join("\n")).not.toContain("hunter2");
    expect(told.join("\n")).not.toContain(BASE64);
  });

  test("that are wrong are told apart from those that are missing by nothing secret", async () => {
    const { at, server, file } = await withPassword();
    writeFileSync(file, "machine 127.0.0.1 login me password hunter2-wrong\n");
    for (const args of [
      ["sync", "--verbose-errors", "-l", "debug"],
      ["sync", "--json"],
    ]) {
      const { status, stdout, stderr } = await at.run(args);
      expect([status, stderr]).toEqual([1, expect.stringContaining("401")]);
      expect(
        stdout + stderr + everythingIn(at.root).replace(readFileSync(file, "utf8"), ""),
      ).not.toContain("hunter2-wrong");
    }
    expect(server.requests.length).toBeGreaterThan(0);
  });

  test("for another host are not sent", async () => {
    const { at, server } = await withPassword("other.example.org");
    expect((await at.run(["sync"])).status).toBe(1);
    expect(server.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    const { stderr } = await at.run(["check", "config"]);
    expect(stderr).toContain("has nothing for the servers and proxies of this mirror");
  });

  test("are read from a file that nobody else may read, or check config warns", async () => {
    const { at, file } = await withPassword();
    expect((await at.run(["check", "config"])).stderr).not.toContain("auth.conf");
    for (const mode of [0o640, 0o604]) {
      chmodSync(file, mode);
      const { status, stderr } = await at.run(["check", "config"]);
      expect([status, stderr]).toEqual([
        0,
        expect.stringMatching(/auth\.conf: others .*chmod 600/),
      ]);
    }
  });

  test("that cannot be understood are an error that names the line and no word", async () => {
    const { at, server, file } = await withPassword();
    writeFileSync(file, "\nmachine me:hunter2@127.0.0.1 login me");
    for (const args of [["sync"], ["check", "config"], ["check", "tls", "demo"]]) {
      const { status, stderr } = await at.run(args);
      expect([status, stderr]).toEqual([1, expect.stringContaining("auth.conf: line 2")]);
      expect(stderr).not.toContain("hunter2");
    }
    expect(server.requests).toEqual([]);
  });

  test("without a protocol are held back from plain http, and check config says so", async () => {
    const at = await place();
    const file = join(at.root, "auth.conf");
    writeFileSync(file, `machine 127.0.0.1 login me password ${SECRET}\n`, { mode: 0o600 });
    await at.configure({ demo: `auth_file = "${file}"` });
    expect((await at.run(["sync"])).status).toBe(0);
    expect(at.server.requests.every(({ headers }) => headers.authorization === undefined)).toBe(
      true,
    );
    const { stderr } = await at.run(["check", "config"]);
    expect(stderr).toMatch(
      /auth\.conf:1: not used for http:\/\/127\.0\.0\.1:\d+, .*"machine http:/,
    );
  });

  test("of a proxy come from auth_file too", async () => {
    const at = await place();
    const server = await at.serve(at.authority.issue());
    const asked: (string | undefined)[] = [];
    const proxy = createProxy();
    proxy.on("connect", ({ url = "", headers }, socket) => {
      asked.push(headers["proxy-authorization"]);
      if (headers["proxy-authorization"] !== `Basic ${BASE64}`) {
        socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        return;
      }
      const target = connect(Number(url.split(":")[1]), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(target).pipe(socket);
      });
      target.on("error", () => socket.destroy());
      socket.on("error", () => target.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void proxy.close());
    const address = proxy.address();
    const port = typeof address === "object" ? address?.port : 0;
    const file = join(at.root, "auth.conf");
    writeFileSync(file, `machine http://127.0.0.1:${port} login me password ${SECRET}\n`, {
      mode: 0o600,
    });
    await at.mirror(
      server,
      `proxy = "http://me@127.0.0.1:${port}"\nauth_file = "${file}"\n${ca(at)}`,
    );
    const sync = await at.run(["sync"]);
    expect([sync.status, sync.stderr]).toEqual([0, expect.stringContaining("completed")]);
    expect((await at.run(["check", "tls", "demo"])).status).toBe(0);
    expect(new Set(asked)).toEqual(new Set([`Basic ${BASE64}`]));
    expect(
      server.requests.every(({ headers }) => headers["proxy-authorization"] === undefined),
    ).toBe(true);
  });

  test.runIf(process.getuid?.() === 0)(
    "and keys are read before root gives up its rights",
    async () => {
      const { at, file } = await withPassword();
      const client = at.authority.issue();
      const server = await at.serve({ ...at.authority.issue(), ...wanting(at) }, SECRET);
      const pair = `client_cert_file = "${client.certFile}"\nclient_key_file = "${client.keyFile}"\n`;
      await at.mirror(server, `auth_file = "${file}"\n${ca(at)}${pair}`);
      chmodSync(client.keyFile, 0o600);
      chmodSync(at.root, 0o755);
      mkdirSync(at.dir);
      chownSync(at.dir, 65_534, 65_534);
      const { status, stderr } = await at.run(["sync"]);
      expect([status, stderr]).toEqual([0, expect.stringContaining("completed")]);
    },
  );
});
