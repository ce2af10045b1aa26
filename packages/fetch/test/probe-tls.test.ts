import { createServer } from "node:net";
import type { TlsOptions as ServerOptions } from "node:tls";
import { beforeAll, expect, it } from "vitest";
import { probeTls, readCredentials, type TlsOptions } from "../src/index.js";
import {
  type Authority,
  describeTls,
  makeAuthority,
  selfSigned,
  shown,
  stamp,
} from "./certificates.js";
import { failure, serverOf } from "./fixture.js";
import { reply } from "./raw-server.js";
import { tunnelThrough } from "./tunnel.js";

describeTls("a probe", () => {
  let authority: Authority;
  beforeAll(() => {
    authority = makeAuthority();
  });

  const OLD: ServerOptions = { minVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0" };
  async function probed(server: ServerOptions, tls: TlsOptions = { ca: authority.file }) {
    const at = await serverOf((seen) => reply(seen, {}), server);
    const probe = await probeTls(at.url.replace("//", "//me:hunter2@"), { tls });
    expect(at.seen).toHaveLength(0);
    expect(JSON.stringify(probe)).not.toContain("hunter2");
    const supported = probe.versions.flatMap(({ version, supported: yes }) => (yes ? version : []));
    return { ...probe, supported };
  }

  it("tells the versions, the connection and the chain of a server that is trusted", async () => {
    const { supported, connection, chain, refused, url } = await probed(authority.issueBelow());
    expect(refused).toBeUndefined();
    expect(supported).toEqual(["1.2", "1.3"]);
    expect(connection).toEqual({
      version: "1.3",
      cipherSuite: "TLS_AES_256_GCM_SHA384",
      serverName: undefined,
      trusted: true,
    });
    expect(chain.slice(0, 2).map(({ subject }) => subject)).toEqual([
      "CN=leaf",
      "CN=Test CA below",
    ]);
    expect(chain[0]).toMatchObject({ issuer: "CN=Test CA below", names: ["IP:127.0.0.1"] });
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  });

  it.each([
    [["1.0", "1.1", "1.2", "1.3"], OLD],
    [["1.0"], { ...OLD, maxVersion: "TLSv1" }],
    [["1.1"], { ...OLD, minVersion: "TLSv1.1", maxVersion: "TLSv1.1" }],
    [["1.2"], { maxVersion: "TLSv1.2" }],
    [["1.3"], { minVersion: "TLSv1.3" }],
  ] as [string[], ServerOptions][])(
    "finds the versions that a server has: %s",
    async (versions, options) => {
      const { supported, versions: all } = await probed({ ...authority.issue(), ...options });
      expect(supported).toEqual(versions);
      for (const one of all.filter(({ supported: yes }) => !yes)) {
        expect(one.found).toBe("version");
      }
    },
  );

  it.each([
    ["self-signed", () => ({ server: selfSigned() })],
    ["unknown-ca", () => ({ server: makeAuthority().issue() })],
    ["expired", () => ({ server: authority.issue({ from: stamp(-3), to: stamp(-2) }) })],
    ["not-yet-valid", () => ({ server: authority.issue({ from: stamp(1), to: stamp(2) }) })],
    ["wrong-host", () => ({ server: authority.issue({ hosts: ["x.test"] }) })],
    ["wrong-purpose", () => ({ server: authority.issue({ usage: "clientAuth" }) })],
    ["version", () => ({ server: { ...authority.issue(), ...OLD, maxVersion: "TLSv1.1" } })],
    [
      "handshake-refused",
      () => ({ server: { ...authority.issue(), ...wanting(), maxVersion: "TLSv1.2" } }),
    ],
    ["client-certificate-wanted", () => ({ server: { ...authority.issue(), ...wanting() } })],
  ] as [string, () => { server: ServerOptions; tls?: TlsOptions }][])(
    "says that a fetcher would refuse, or be refused: %s",
    async (found, make) => {
      const { server } = make();
      const { refused, connection, chain } = await probed(server);
      expect(refused).toMatchObject({ code: "ERR_FETCH_TLS", found });
      expect(connection).toBeUndefined();
      if (!found.endsWith("refused")) {
        expect(chain[0]?.subject).toMatch(/^CN=(leaf|self)$/);
      }
    },
  );
  function wanting(): ServerOptions {
    return { requestCert: true, rejectUnauthorized: true, ca: authority.pem };
  }

  it("shows the client certificate that a fetcher would show", async () => {
    const tls = { ca: authority.file, ...shown(authority.issue()) };
    const { refused, supported } = await probed({ ...authority.issue(), ...wanting() }, tls);
    expect(refused).toBeUndefined();
    expect(supported).toEqual(["1.2", "1.3"]);
  });

  it("says what only `insecure` lets pass", async () => {
    const expired = authority.issue({ from: stamp(-3), to: stamp(-2) });
    const { refused, connection } = await probed(expired, { ca: authority.file, insecure: true });
    expect(refused).toBeUndefined();
    expect(connection).toMatchObject({
      trusted: false,
      distrust: expect.stringContaining("expired"),
    });
    const wrong = await probed(authority.issue({ hosts: ["x.test"] }), {
      ca: authority.file,
      insecure: true,
    });
    expect(wrong.connection?.distrust).toContain("x.test");
  });

  it("asks for the server name that is set", async () => {
    const asked: string[] = [];
    const tls: TlsOptions = { ca: authority.file, serverName: "deb.example.org" };
    const { connection } = await probed(
      {
        ...authority.issue({ hosts: ["deb.example.org"] }),
        SNICallback(name, done) {
          asked.push(name);
          done(null);
        },
      },
      tls,
    );
    expect(connection).toMatchObject({ serverName: "deb.example.org", trusted: true });
    expect(new Set(asked)).toEqual(new Set(["deb.example.org"]));
  });

  it("goes through the proxy of a fetcher", async () => {
    const server = await serverOf((seen) => reply(seen, {}), authority.issue());
    const proxy = await serverOf(tunnelThrough);
    const { refused, versions } = await probeTls(server.url, {
      tls: { ca: authority.file },
      proxy: { https: `http://127.0.0.1:${proxy.port}` },
      credentials: readCredentials({
        name: "auth.conf",
        text: `machine http://127.0.0.1:${proxy.port} login a password b`,
      }),
    });
    expect(refused).toBeUndefined();
    expect(versions.filter(({ supported }) => supported)).toHaveLength(2);
    expect(proxy.seen).toHaveLength(5);
    expect(proxy.seen[0]?.headers["proxy-authorization"]).toBe("Basic YTpi");
    expect(server.seen).toHaveLength(0);
  });

  it("of what does not speak TLS says so", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const { refused, chain } = await probeTls(`https://127.0.0.1:${port}/`);
    server.close();
    expect(refused).toMatchObject({ code: "ERR_FETCH_TLS", found: "not-tls" });
    expect(chain).toEqual([]);
  });

  it("of nobody is an error, as is one that is aborted", async () => {
    expect(await failure(probeTls("https://127.0.0.1:1/"))).toMatchObject({
      code: "ERR_FETCH_CONNECT",
    });
    const silent = await serverOf(() => {});
    const abort = new AbortController();
    const running = failure(
      probeTls(silent.url.replace("http:", "https:"), { signal: abort.signal }),
    );
    setTimeout(() => abort.abort(), 50);
    expect(await running).toMatchObject({ code: "ERR_FETCH_ABORTED" });
  });

  it("of what is no https URL is a TypeError", async () => {
    for (const url of ["http://x.test/", "x.test", "https://"]) {
      await expect(probeTls(url)).rejects.toThrow(TypeError);
    }
  });
});
