import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readProxies } from "../src/proxy.js";
import { describeTls, makeAuthority, tlsServer } from "./certificates.js";
import { failure, fetcherWith, file, serverOf } from "./fixture.js";
import { reply, type Seen } from "./raw-server.js";
import { tunnelThrough } from "./tunnel.js";

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;

describe("plain http by a proxy", () => {
  it("names the whole URL, without CONNECT and without the URL's credentials in it", async () => {
    const wanted = file(1000);
    const proxy = await serverOf((seen) => reply(seen, { body: wanted.body }));
    const fetcher = fetcherWith({
      proxy: { http: `http://proxyuser:proxypass@127.0.0.1:${proxy.port}` },
    });
    await fetcher.download(wanted.request("http://me:secret@deb.example.org:8080/pool/a?b=c"));
    expect(proxy.seen[0]).toMatchObject({
      method: "GET",
      target: "http://deb.example.org:8080/pool/a?b=c",
      headers: {
        host: "deb.example.org:8080",
        authorization: basic("me:secret"),
        "proxy-authorization": basic("proxyuser:proxypass"),
      },
    });
  });

  it("shares its connections among all targets", async () => {
    const proxy = await serverOf((seen) => reply(seen, { body: "x" }));
    const fetcher = fetcherWith({ proxy: { http: `127.0.0.1:${proxy.port}` } });
    for (const host of ["a.example.org", "b.example.org", "c.example.org"]) {
      await fetcher.get({ urls: [`http://${host}/`], limit: 10 });
    }
    expect(proxy.seen).toHaveLength(3);
    expect(proxy.connections).toBe(1);
  });

  it("goes without the proxy where `no` says so, and there without its credentials", async () => {
    const proxy = await serverOf((seen) => reply(seen, { body: "proxy" }));
    const server = await serverOf((seen) => reply(seen, { body: "direct" }));
    const fetcher = fetcherWith({
      proxy: { http: `http://u:p@127.0.0.1:${proxy.port}`, no: "localhost,127.0.0.0/8" },
    });
    await fetcher.get({ urls: [server.url], limit: 10 });
    expect(proxy.seen).toHaveLength(0);
    expect(server.seen[0]?.headers).not.toHaveProperty("proxy-authorization");
  });

  it("goes on where the proxy has cut the body", async () => {
    const wanted = file(300_000);
    const cut = 200_000;
    const proxy = await serverOf((seen) => {
      const etag = '"1"';
      if (seen.index === 0) {
        reply(seen, { headers: { etag, "content-length": 300_000 }, length: false });
        seen.socket.end(wanted.body.subarray(0, cut));
        return;
      }
      const from = Number(/^bytes=(\d+)-$/.exec(seen.headers.range ?? "")?.[1]);
      const headers = { etag, "content-range": `bytes ${from}-299999/300000` };
      reply(seen, { status: 206, headers, body: wanted.body.subarray(from) });
    });
    const fetcher = fetcherWith({ proxy: { http: `127.0.0.1:${proxy.port}` } });
    const result = await fetcher.download(wanted.request("http://deb.example.org/pool/a"));
    expect(result).toMatchObject({ status: "done" });
    expect(readFileSync(wanted.destination).equals(wanted.body)).toBe(true);
    expect(proxy.seen.map(({ headers }) => headers.range)).toEqual([undefined, `bytes=${cut}-`]);
  });

  it("says clearly that the proxy wants credentials", async () => {
    const proxy = await serverOf((seen) => reply(seen, { status: 407, body: "who are you" }));
    const fetcher = fetcherWith({ proxy: { http: `http://u:secret@127.0.0.1:${proxy.port}` } });
    const error = await failure(fetcher.get({ urls: ["http://deb.example.org/"], limit: 10 }));
    expect(error).toMatchObject({ code: "ERR_FETCH_PROXY", status: 407, attempts: 1 });
    expect(error.message).not.toContain("secret");
  });
});

describeTls("https by a proxy", () => {
  it("is tunnelled, with the target's certificate checked and nothing shown to the proxy", async () => {
    const authority = makeAuthority();
    const wanted = file(1000);
    const server = await tlsServer(authority.issue(), (seen) => reply(seen, { body: wanted.body }));
    const proxy = await serverOf(tunnelThrough);
    const fetcher = fetcherWith({
      tls: { ca: authority.file },
      proxy: { https: `http://proxyuser:proxypass@127.0.0.1:${proxy.port}` },
    });
    const url = server.url.replace("//", "//me:secret@");
    for (const path of ["a", "b"]) {
      expect(await fetcher.download(wanted.request(url + path))).toMatchObject({ status: "done" });
    }
    expect(proxy.seen).toHaveLength(1);
    expect(proxy.seen[0]).toMatchObject({
      method: "CONNECT",
      target: `127.0.0.1:${server.port}`,
      headers: { "proxy-authorization": basic("proxyuser:proxypass") },
    });
    expect(proxy.seen[0]?.headers).not.toHaveProperty("authorization");
    expect(server.seen[0]?.headers).not.toHaveProperty("proxy-authorization");
  });

  it("does not accept a wrong certificate inside the tunnel", async () => {
    const server = await tlsServer(makeAuthority().issue(), (seen) => reply(seen, {}));
    const proxy = await serverOf(tunnelThrough);
    const fetcher = fetcherWith({ proxy: { https: `http://127.0.0.1:${proxy.port}` } });
    const error = await failure(fetcher.get({ urls: [server.url], limit: 10 }));
    expect(error.code).toBe("ERR_FETCH_TLS");
    expect(server.seen).toHaveLength(0);
  });

  it.each([
    [407, 1],
    [403, 1],
    [503, 3],
  ])("refused with %d is asked for %d times", async (status, attempts) => {
    const proxy = await serverOf((seen) => reply(seen, { status, body: "no" }));
    const fetcher = fetcherWith({
      retries: 2,
      proxy: { https: `http://u:secret@127.0.0.1:${proxy.port}` },
    });
    const error = await failure(fetcher.get({ urls: ["https://deb.example.org/"], limit: 10 }));
    expect(error).toMatchObject({ code: "ERR_FETCH_PROXY", status, attempts });
    expect(error.message).not.toContain("secret");
    expect(proxy.seen).toHaveLength(attempts);
  });

  it.each([
    ["breaks", 30_000, (seen: Seen) => seen.socket.destroy()],
    ["swallows", 500, () => {}],
  ])("ends when the proxy %s the CONNECT", async (_, connectTimeout, fault) => {
    const proxy = await serverOf(fault);
    const fetcher = fetcherWith({
      retries: 2,
      connectTimeout,
      proxy: { https: `http://127.0.0.1:${proxy.port}` },
    });
    const error = await failure(fetcher.get({ urls: ["https://deb.example.org/"], limit: 10 }));
    expect(error).toMatchObject({ code: "ERR_FETCH_CONNECT", attempts: 3 });
    expect(proxy.seen).toHaveLength(3);
  });

  it("ends when there is no proxy", async () => {
    const fetcher = fetcherWith({ retries: 0, proxy: { https: "http://127.0.0.1:1" } });
    const error = await failure(fetcher.get({ urls: ["https://deb.example.org/"], limit: 10 }));
    expect(error).toMatchObject({ code: "ERR_FETCH_CONNECT", found: "ECONNREFUSED" });
  });
});

describeTls("an https proxy", () => {
  it("is spoken to by TLS under its own name, for http targets too", async () => {
    const authority = makeAuthority();
    const proxy = await tlsServer(authority.issue({ hosts: ["localhost"] }), (seen) =>
      seen.method === "CONNECT" ? tunnelThrough(seen) : reply(seen, { body: "x" }),
    );
    const server = await tlsServer(authority.issue(), (seen) => reply(seen, { body: "y" }));
    const url = `https://localhost:${proxy.port}`;
    const fetcher = fetcherWith({ tls: { ca: authority.file }, proxy: { http: url, https: url } });
    expect(await fetcher.get({ urls: ["http://deb.example.org/"], limit: 9 })).toMatchObject({
      status: "ok",
    });
    expect(await fetcher.get({ urls: [server.url], limit: 9 })).toMatchObject({ status: "ok" });
    expect(proxy.seen.map((seen) => seen.method)).toEqual(["GET", "CONNECT"]);
  });
});

describe("the list of hosts without proxy", () => {
  const cases: [string, string, boolean][] = [
    ["", "http://deb.example.org/", true],
    ["*", "http://deb.example.org/", false],
    ["example.org", "http://example.org/", false],
    ["example.org", "http://deb.example.org/", false],
    [".example.org", "http://deb.example.org/", false],
    ["*.example.org", "http://deb.example.org/", false],
    ["example.org", "http://notexample.org/", true],
    ["EXAMPLE.org", "http://Deb.Example.ORG/", false],
    ["a.test, example.org  b.test", "http://example.org/", false],
    ["example.org:8080", "http://example.org:8080/", false],
    ["example.org:8080", "http://example.org/", true],
    ["example.org:80", "http://example.org/", false],
    ["example.org:443", "https://example.org/", false],
    ["10.0.0.0/8", "http://10.1.2.3/", false],
    ["10.0.0.0/8", "http://11.1.2.3/", true],
    ["10.0.0.0/99", "http://10.1.2.3/", true],
    ["192.168.1.1", "http://192.168.1.1:3000/", false],
    ["0.1", "http://10.0.0.1/", true],
    ["::1", "http://[::1]/", false],
    ["[::1]:80", "http://[::1]/", false],
    ["fd00::/8", "http://[fd12::1]/", false],
  ];
  it.each(cases)("%j, asked for %s: by proxy is %s", (no, url, byProxy) => {
    const proxies = readProxies({ http: "http://p:1", https: "http://p:1", no });
    expect(proxies(new URL(url)) !== undefined).toBe(byProxy);
  });

  it("leaves each scheme its own proxy", () => {
    const proxies = readProxies({ http: "http://a:1", https: "" });
    expect(proxies(new URL("http://x/"))?.origin).toBe("http://a:1");
    expect(proxies(new URL("https://x/"))).toBeUndefined();
  });
});
