import { execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type LookupFunction } from "node:net";
import { join } from "node:path";
import nodeTls, { type TlsOptions as ServerOptions, type TLSSocket } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { cipherSuiteNames, type TlsOptions } from "../src/index.js";
import {
  type Authority,
  type Certificate,
  describeTls,
  type Issue,
  makeAuthority,
  selfSigned,
  shown,
  stamp,
  tlsServer,
} from "./certificates.js";
import { directory, failure, fetcherWith, file, serverOf } from "./fixture.js";
import { reply } from "./raw-server.js";

let authority: Authority;

describeTls("https", () => {
  beforeAll(() => {
    authority = makeAuthority();
  });

  it("works with the roots given, over kept connections", async () => {
    const wanted = file(2_000_000);
    const server = await tlsServer(authority.issue(), (seen) => reply(seen, { body: wanted.body }));
    const fetcher = fetcherWith({ tls: { ca: authority.file } });
    for (const path of ["a", "b", "c"]) {
      expect(await fetcher.download(wanted.request(server.url + path))).toMatchObject({
        status: "done",
      });
    }
    expect(server.connections).toBe(1);
  });

  const old = { minVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0" } as const;
  const bad: [string, () => { server: ServerOptions; tls?: TlsOptions }][] = [
    ["unknown-ca", () => ({ server: authority.issue() })],
    ["unknown-ca", () => ({ server: authority.issue(), tls: { ca: makeAuthority().file } })],
    [
      "unknown-ca",
      // Sent with its root, which nobody here trusts.
      () => {
        const { cert, key } = authority.issue();
        return { server: { cert: cert + authority.pem, key }, tls: { ca: makeAuthority().file } };
      },
    ],
    ["self-signed", () => ({ server: selfSigned() })],
    ["self-signed", () => ({ server: selfSigned(), tls: { ca: authority.file } })],
    ["expired", () => trusting({ from: stamp(-3), to: stamp(-2) })],
    ["not-yet-valid", () => trusting({ from: stamp(1), to: stamp(2) })],
    ["wrong-host", () => trusting({ hosts: ["other.example.org"] })],
    ["wrong-host", () => trusting({}, { serverName: "deb.example.org" })],
    ["wrong-purpose", () => trusting({ usage: "clientAuth" })],
    ["version", () => trusting({}, {}, { ...old, maxVersion: "TLSv1" })],
    ["version", () => trusting({}, {}, { ...old, maxVersion: "TLSv1.1" })],
    ["version", () => trusting({}, { minVersion: "1.3" }, { maxVersion: "TLSv1.2" })],
    ["version", () => trusting({}, { maxVersion: "1.2" }, { minVersion: "TLSv1.3" })],
    [
      "handshake-refused",
      () =>
        trusting(
          {},
          { cipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"] },
          { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" },
        ),
    ],
    [
      "handshake-refused",
      () =>
        trusting(
          {},
          { cipherSuites: ["TLS_AES_256_GCM_SHA384"] },
          { minVersion: "TLSv1.3", ciphers: "TLS_AES_128_GCM_SHA256" },
        ),
    ],
    ["handshake-refused", () => trusting({}, {}, { ...wanting(), maxVersion: "TLSv1.2" })],
    ["client-certificate-wanted", () => trusting({}, {}, { ...wanting(), minVersion: "TLSv1.3" })],
  ];
  function trusting(issue: Issue, tls: TlsOptions = {}, server: ServerOptions = {}) {
    return {
      server: { ...authority.issue(issue), ...server },
      tls: { ca: authority.file, ...tls },
    };
  }
  function wanting(): ServerOptions {
    return { requestCert: true, rejectUnauthorized: true, ca: authority.pem };
  }

  it.each(bad)("refuses a server: %s", async (found, make) => {
    const { server: options, tls } = make();
    const server = await serverOf((seen) => reply(seen, { body: "x" }), options);
    const error = await failure(
      fetcherWith({ tls }).get({ urls: [server.url.replace("//", "//me:secret@")], limit: 10 }),
    );
    expect(error).toMatchObject({ code: "ERR_FETCH_TLS", found, attempts: 1, url: server.url });
    expect(error.message).not.toContain("secret");
    expect(server.seen).toHaveLength(0);
  });

  it("tells every reason in other words, with what it is about", async () => {
    const messages = new Map<string, string>();
    for (const [found, make] of bad) {
      const { server: options, tls } = make();
      const server = await serverOf((seen) => reply(seen, {}), options);
      const { reason } = await failure(fetcherWith({ tls }).get({ urls: [server.url], limit: 10 }));
      messages.set(found, reason);
    }
    expect(new Set(messages.values()).size).toBe(messages.size);
    expect(messages.get("expired")).toMatch(/CN=leaf.* expired on 20\d\d-/);
    expect(messages.get("not-yet-valid")).toMatch(/CN=leaf.* but from 20\d\d-/);
    expect(messages.get("unknown-ca")).toContain("CN=Test CA");
    expect(messages.get("wrong-host")).toMatch(
      /for 127\.0\.0\.1, localhost, expected deb\.example\.org/,
    );
  });

  it("names the authority in between when that has expired, and not the server", async () => {
    const certificate = authority.issueBelow({ from: stamp(-3), to: stamp(-2) });
    const server = await tlsServer(certificate, (seen) => reply(seen, {}));
    const error = await failure(
      fetcherWith({ tls: { ca: authority.file } }).get({ urls: [server.url], limit: 10 }),
    );
    expect(error).toMatchObject({ code: "ERR_FETCH_TLS", found: "expired" });
    expect(error.reason).toContain("above the server's");
    expect(server.seen).toHaveLength(0);
  });

  const good: [string, () => { server: ServerOptions; tls: TlsOptions }][] = [
    ["an authority in between", () => ({ ...trusting({}), server: authority.issueBelow() })],
    ["a certificate that is named itself", () => pinned()],
    [
      "another name, asked for and verified",
      () => trusting({ hosts: ["deb.example.org"] }, { serverName: "deb.example.org" }),
    ],
    ["TLS 1.2 alone", () => trusting({}, { maxVersion: "1.2" })],
    ["TLS 1.3 alone", () => trusting({}, { minVersion: "1.3" })],
    [
      "a suite of TLS 1.2 named, for a server of 1.3",
      () =>
        trusting(
          {},
          { cipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"] },
          { minVersion: "TLSv1.3" },
        ),
    ],
    [
      "a suite of TLS 1.3 named, for a server of 1.2",
      () => trusting({}, { cipherSuites: ["TLS_AES_128_GCM_SHA256"] }, { maxVersion: "TLSv1.2" }),
    ],
    [
      "a client certificate, TLS 1.3",
      () => trusting({}, shown(authority.issue()), { ...wanting(), minVersion: "TLSv1.3" }),
    ],
    [
      "a client certificate, TLS 1.2",
      () => trusting({}, shown(authority.issue()), { ...wanting(), maxVersion: "TLSv1.2" }),
    ],
    ["insecure: self-signed", () => ({ server: selfSigned(), tls: { insecure: true } })],
    ["insecure: expired", () => trusting({ from: stamp(-3), to: stamp(-2) }, { insecure: true })],
    ["insecure: wrong host", () => trusting({ hosts: ["x.test"] }, { insecure: true })],
  ];
  function pinned() {
    const server = selfSigned();
    return { server, tls: { ca: { name: "self.pem", text: server.cert } } };
  }
  it.each(good)("is spoken with %s", async (_, make) => {
    const { server: options, tls } = make();
    const server = await serverOf((seen) => reply(seen, { body: "x" }), options);
    const fetcher = fetcherWith({ tls });
    expect(await fetcher.get({ urls: [server.url], limit: 10 })).toMatchObject({ status: "ok" });
  });

  it.each(cipherSuiteNames.map((name) => [name]))(
    "negotiates %s when it alone is named",
    async (name) => {
      let negotiated = "";
      const rsa = name.includes("_RSA_");
      const modern = !name.includes("_WITH_");
      const server = await serverOf(
        (seen) => {
          negotiated = (seen.socket as TLSSocket).getCipher().standardName;
          reply(seen, { body: "x" });
        },
        {
          ...(rsa ? rsaCertificate() : authority.issue()),
          ciphers:
            "ALL:TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256",
          dhparam: "auto",
        },
      );
      const tls: TlsOptions = {
        insecure: true,
        cipherSuites: [name],
        ...(modern ? {} : { maxVersion: "1.2" }),
      };
      await fetcherWith({ tls }).get({ urls: [server.url], limit: 10 });
      expect(negotiated).toBe(name);
    },
  );

  it("offers cipher suites in the order named", async () => {
    const names = ["TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"];
    for (const cipherSuites of [names, [...names].reverse()]) {
      let negotiated = "";
      const server = await serverOf(
        (seen) => {
          negotiated = (seen.socket as TLSSocket).getCipher().standardName;
          reply(seen, { body: "x" });
        },
        { ...authority.issue(), honorCipherOrder: false },
      );
      const fetcher = fetcherWith({ tls: { ca: authority.file, cipherSuites } });
      await fetcher.get({ urls: [server.url], limit: 10 });
      expect(negotiated).toBe(cipherSuites[0]);
    }
  });

  it("is not the policy of whoever starts Node with older versions allowed", async () => {
    const server = await serverOf((seen) => reply(seen, {}), {
      ...authority.issue(),
      ...old,
      maxVersion: "TLSv1.1",
    });
    const before = nodeTls.DEFAULT_MIN_VERSION;
    nodeTls.DEFAULT_MIN_VERSION = "TLSv1";
    try {
      const fetcher = fetcherWith({ tls: { ca: authority.file } });
      expect(await failure(fetcher.get({ urls: [server.url], limit: 10 }))).toMatchObject({
        found: "version",
      });
    } finally {
      nodeTls.DEFAULT_MIN_VERSION = before;
    }
  });

  it("refuses a server that speaks plain http", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const error = await failure(
      fetcherWith().get({ urls: [`https://127.0.0.1:${port}/`], limit: 10 }),
    );
    server.close();
    expect(error).toMatchObject({ code: "ERR_FETCH_TLS", found: "not-tls" });
  });

  it("is never left for http by a redirect: no request is sent there", async () => {
    const plain = await serverOf((seen) => reply(seen, { body: "x" }));
    const server = await tlsServer(authority.issue(), (seen) =>
      reply(seen, { status: 301, headers: { location: plain.url } }),
    );
    const error = await failure(
      fetcherWith({ tls: { ca: authority.file } }).get({ urls: [server.url], limit: 10 }),
    );
    expect(error).toMatchObject({ code: "ERR_FETCH_REDIRECT", attempts: 1 });
    expect(plain.connections).toBe(0);
  });

  it("may be reached by a redirect from http", async () => {
    const server = await tlsServer(authority.issue(), (seen) => reply(seen, { body: "x" }));
    const plain = await serverOf((seen) =>
      reply(seen, { status: 301, headers: { location: server.url } }),
    );
    expect(
      await fetcherWith({ tls: { ca: authority.file } }).get({ urls: [plain.url], limit: 10 }),
    ).toMatchObject({ status: "ok" });
  });

  it.each(["-tls1_2", "-tls1_3"])(
    "says that the client certificate was refused, %s",
    async (version) => {
      const server = authority.issue();
      const path = directory();
      const at = (name: string, text: string) => {
        writeFileSync(join(path, name), text);
        return join(path, name);
      };
      const child = spawn(
        "openssl",
        [
          ...[
            "s_server",
            "-accept",
            "127.0.0.1:0",
            version,
            "-Verify",
            "1",
            "-verify_return_error",
          ],
          ...["-cert", at("s.pem", server.cert), "-key", at("s.key", server.key)],
          ...["-CAfile", at("ca.pem", authority.pem), "-www"],
        ],
        { stdio: ["ignore", "pipe", "ignore"] },
      );
      try {
        const port = await new Promise<string>((resolve, reject) => {
          let said = "";
          child.once("error", reject);
          child.once("exit", () => reject(new Error(`openssl s_server ended: ${said}`)));
          child.stdout.on("data", (text) => {
            said += text;
            const [, found] = /^ACCEPT 127\.0\.0\.1:(\d+)$/m.exec(said) ?? [];
            if (found !== undefined) resolve(found);
          });
        });
        const tls = { ca: authority.file, ...shown(makeAuthority().issue()) };
        const error = await failure(
          fetcherWith({ tls }).get({ urls: [`https://127.0.0.1:${port}/`], limit: 10_000 }),
        );
        expect(error).toMatchObject({ code: "ERR_FETCH_TLS", found: "client-certificate-refused" });
        const good = { ca: authority.file, ...shown(authority.issue()) };
        const fetcher = fetcherWith({ tls: good });
        const url = `https://127.0.0.1:${port}/`;
        expect(await fetcher.get({ urls: [url], limit: 1_000_000 })).toMatchObject({
          status: "ok",
        });
      } finally {
        child.kill("SIGKILL");
      }
    },
  );

  describe("to another host, by a redirect,", () => {
    const lookup: LookupFunction = (_host, { all }, callback) => {
      if (all === true) {
        callback(null, [{ address: "127.0.0.1", family: 4 }]);
      } else {
        callback(null, "127.0.0.1", 4);
      }
    };
    async function redirected(tls: TlsOptions, target: ServerOptions) {
      const peers: string[] = [];
      const names: unknown[] = [];
      const away = await serverOf((seen) => {
        const socket = seen.socket as TLSSocket & { servername?: unknown };
        peers.push(socket.getPeerCertificate().subject?.CN?.toString() ?? "");
        names.push(socket.servername);
        reply(seen, { body: "x" });
      }, target);
      const first = await serverOf(
        (seen) =>
          reply(seen, { status: 302, headers: { location: `https://away.test:${away.port}/` } }),
        authority.issue({ hosts: ["home.test"] }),
      );
      const fetcher = fetcherWith({ tls: { ca: authority.file, ...tls }, connect: { lookup } });
      return {
        result: fetcher.get({ urls: [`https://home.test:${first.port}/`], limit: 10 }),
        away,
        peers,
        names,
      };
    }

    it("shows no client certificate and asks for that host's own name", async () => {
      const certificate = authority.issue();
      const { result, peers, names } = await redirected(
        { ...shown(certificate), serverName: "home.test" },
        {
          ...authority.issue({ hosts: ["away.test"] }),
          requestCert: true,
          rejectUnauthorized: false,
          ca: authority.pem,
        },
      );
      expect(await result).toMatchObject({ status: "ok" });
      expect(peers).toEqual([""]);
      expect(names).toEqual(["away.test"]);
    });

    it("is verified although the first host need not be", async () => {
      const { result, away } = await redirected({ insecure: true }, selfSigned());
      expect(await failure(result)).toMatchObject({ code: "ERR_FETCH_TLS", found: "self-signed" });
      expect(away.seen).toHaveLength(0);
    });
  });

  it("to a proxy is verified although the server need not be, and shows it no client certificate", async () => {
    const proxy = await serverOf((seen) => seen.socket.destroy(), selfSigned());
    const tls: TlsOptions = { insecure: true, ca: authority.file, ...shown(authority.issue()) };
    for (const scheme of ["http", "https"]) {
      const fetcher = fetcherWith({
        tls,
        retries: 0,
        proxy: { [scheme]: `https://u:secret@127.0.0.1:${proxy.port}` },
      });
      const error = await failure(fetcher.get({ urls: [`${scheme}://deb.test/`], limit: 10 }));
      expect(error).toMatchObject({ code: "ERR_FETCH_TLS", found: "self-signed" });
    }
    expect(proxy.seen).toHaveLength(0);
  });

  it("with a key that is not the certificate's is a failure before anything is sent", async () => {
    const server = await tlsServer(authority.issue(), (seen) => reply(seen, {}));
    const { cert } = shown(authority.issue());
    const { key } = shown(authority.issue());
    const error = await failure(
      fetcherWith({ tls: { cert, key } }).get({ urls: [server.url], limit: 9 }),
    );
    expect(error).toMatchObject({
      code: "ERR_FETCH_BAD_TLS_FILE",
      found: "key-mismatch",
      path: "key.pem",
    });
    expect(server.connections).toBe(0);
  });
});

let rsa: Certificate | undefined;
function rsaCertificate(): Certificate {
  if (rsa === undefined) {
    const path = directory();
    const [key, cert] = [join(path, "key.pem"), join(path, "cert.pem")];
    const request = ["req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=rsa"];
    execFileSync("openssl", [...request, "-keyout", key, "-out", cert], { stdio: "pipe" });
    rsa = { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  }
  return rsa;
}
