import { createServer } from "node:net";
import { beforeEach, expect, it } from "vitest";
import {
  type Authority,
  type Certificate,
  describeTls,
  makeAuthority,
  selfSigned,
  stamp,
  tlsServer,
} from "./certificates.js";
import { failure, fetcherWith, file, serverOf } from "./fixture.js";
import { reply } from "./raw-server.js";

let authority: Authority;

describeTls("https", () => {
  beforeEach(() => {
    authority = makeAuthority();
  });

  it("works with the roots given, over kept connections", async () => {
    const wanted = file(2_000_000);
    const server = await tlsServer(authority.issue(), (seen) => reply(seen, { body: wanted.body }));
    const fetcher = fetcherWith({ ca: authority.pem });
    for (const path of ["a", "b", "c"]) {
      expect(await fetcher.download(wanted.request(server.url + path))).toMatchObject({
        status: "done",
      });
    }
    expect(server.connections).toBe(1);
  });

  const bad: [string, () => { certificate: Certificate; ca?: string }][] = [
    ["unknown-ca", () => ({ certificate: authority.issue() })],
    ["unknown-ca", () => ({ certificate: authority.issue(), ca: makeAuthority().pem })],
    ["self-signed", () => ({ certificate: selfSigned() })],
    [
      "expired",
      () => ({
        certificate: authority.issue({ from: stamp(-3), to: stamp(-2) }),
        ca: authority.pem,
      }),
    ],
    [
      "not-yet-valid",
      () => ({ certificate: authority.issue({ from: stamp(1), to: stamp(2) }), ca: authority.pem }),
    ],
    [
      "wrong-host",
      () => ({ certificate: authority.issue({ hosts: ["other.example.org"] }), ca: authority.pem }),
    ],
  ];
  it.each(bad)("refuses a certificate: %s", async (found, make) => {
    const { certificate, ca } = make();
    const server = await tlsServer(certificate, (seen) => reply(seen, { body: "x" }));
    const error = await failure(
      fetcherWith({ ca }).get({ urls: [server.url.replace("//", "//me:secret@")], limit: 10 }),
    );
    expect(error).toMatchObject({ code: "ERR_FETCH_TLS", found, attempts: 1, url: server.url });
    expect(server.seen).toHaveLength(0);
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
    expect(error.code).toBe("ERR_FETCH_TLS");
  });

  it("passes TLS options on: a version that the server lacks is an error", async () => {
    const server = await serverOf((seen) => reply(seen, {}), {
      ...authority.issue(),
      maxVersion: "TLSv1.2",
    });
    const error = await failure(
      fetcherWith({ ca: authority.pem, connect: { minVersion: "TLSv1.3" } }).get({
        urls: [server.url],
        limit: 10,
      }),
    );
    expect(error.code).toBe("ERR_FETCH_TLS");
  });

  it("is never left for http by a redirect: no request is sent there", async () => {
    const plain = await serverOf((seen) => reply(seen, { body: "x" }));
    const server = await tlsServer(authority.issue(), (seen) =>
      reply(seen, { status: 301, headers: { location: plain.url } }),
    );
    const error = await failure(
      fetcherWith({ ca: authority.pem }).get({ urls: [server.url], limit: 10 }),
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
      await fetcherWith({ ca: authority.pem }).get({ urls: [plain.url], limit: 10 }),
    ).toMatchObject({ status: "ok" });
  });
});
