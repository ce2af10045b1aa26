import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect, promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { FetchError, readCredentials } from "../src/index.js";
import { describeTls, makeAuthority, tlsServer } from "./certificates.js";
import { directory, failure, fetcherWith, file, serverOf } from "./fixture.js";
import { randomTexts } from "./random-text.js";
import { type RawServer, reply, type Seen } from "./raw-server.js";

const credentialsOf = (text: string) => readCredentials({ name: "auth.conf", text });
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;

function errorOf(text: string): FetchError {
  try {
    credentialsOf(text);
  } catch (error) {
    if (error instanceof FetchError) {
      return error;
    }
    throw error;
  }
  return expect.unreachable("it was read");
}

/** `[file, URL, login or undefined]`; HOST and PORT are those of a server. */
const CASES: [string, string, string | undefined][] = [
  ["machine HOST login a password b", "https://HOST:PORT/x", "a:b"],
  ["machine HOST login a password b", "http://HOST:PORT/x", undefined],
  ["machine http://HOST login a password b", "http://HOST:PORT/x", "a:b"],
  ["machine http://HOST login a password b", "https://HOST:PORT/x", undefined],
  ["machine https://HOST login a password b", "https://HOST:PORT/x", "a:b"],
  ["machine http://HOST:PORT login a password b", "http://HOST:PORT/x", "a:b"],
  ["machine http://HOST:1 login a password b", "http://HOST:PORT/x", undefined],
  ["machine http://other.test login a password b", "http://HOST:PORT/x", undefined],
  ["machine http://HOST:PORT/deb login a password b", "http://HOST:PORT/deb/x", "a:b"],
  ["machine http://HOST:PORT/deb login a password b", "http://HOST:PORT/debian/x", "a:b"],
  ["machine http://HOST:PORT/deb/ login a password b", "http://HOST:PORT/debian/x", undefined],
  ["machine http://HOST/deb login a password b", "http://HOST:PORT/deb/x", undefined],
  [
    "machine http://HOST:PORT/a login a password b\nmachine http://HOST login c password d",
    "http://HOST:PORT/b",
    "c:d",
  ],
  [
    "machine http://HOST login a password b\nmachine http://HOST login c password d",
    "http://HOST:PORT/b",
    "a:b",
  ],
  [
    "machine HOST login a password b\nmachine http://HOST login c password d",
    "http://HOST:PORT/b",
    "c:d",
  ],
  ["machine http://HOST\n\tlogin a\n  password b\n", "http://HOST:PORT/x", "a:b"],
  ["machine http://HOST password b login a", "http://HOST:PORT/x", "a:b"],
  [
    "machine http://HOST login a password p#q%20%41:@/\"'ü",
    "http://HOST:PORT/x",
    "a:p#q%20%41:@/\"'ü",
  ],
  ["machine http://HOST login a", "http://HOST:PORT/x", "a:"],
];

describe("a file of credentials", () => {
  it.each(CASES)("%j, asked for %s: %s", (text, url, login) => {
    const at = (template: string) =>
      template.replace(/HOST/g, "127.0.0.1").replace(/PORT/g, "8080");
    const found = credentialsOf(at(text)).find(new URL(at(url)));
    expect(found && `${found.login}:${found.password}`).toBe(login);
  });

  it.each([
    ["machine Deb.Example.ORG login a password b", "https://deb.example.org/"],
    ["machine deb.example.org:443 login a password b", "https://deb.example.org/"],
    ["machine deb.example.org:0443 login a password b", "https://deb.example.org/"],
    ["machine http://deb.example.org:80 login a password b", "http://deb.example.org/"],
    ["machine deb.example.org/debian login a password b", "https://deb.example.org/debian/"],
    ["machine [::1] login a password b", "https://[::1]:8080/"],
    ["machine [0:0::1]:8080/x login a password b", "https://[::1]:8080/x"],
    ["machine HTTPS://deb.example.org login a password b", "https://deb.example.org/"],
    ["machine deb.example.org login a password b\r\n", "https://deb.example.org/"],
    ["# machine x\nmachine deb.example.org login a password b", "https://deb.example.org/"],
    ["machine deb.example.org account x login a password b", "https://deb.example.org/"],
  ])("%j is for %s", (text, url) => {
    expect(credentialsOf(text).find(new URL(url))).toEqual({ login: "a", password: "b" });
  });

  it.each([
    ["machine example.org login a password b", "https://deb.example.org/"],
    ["machine deb.example.org login a password b", "https://deb.example.org.evil.test/"],
    ["machine deb.example.org/a login a password b", "https://deb.example.org/b?/a"],
    ["machine deb.example.org/a login a password b", "https://deb.example.org/a/../b"],
    ["machine ftp://deb.example.org login a password b", "https://deb.example.org/"],
    ["default login a password b", "https://deb.example.org/"],
    ["machine x.test\ndefault\nlogin a password b", "https://deb.example.org/"],
    ["machine x.test\ndefault\nlogin a password b", "https://y.test/"],
    ["macdef m\nmachine deb.example.org login a password b\n\n", "https://deb.example.org/"],
    ["login a password b", "https://deb.example.org/"],
    ["# machine deb.example.org login a password b", "https://deb.example.org/"],
    ["", "https://deb.example.org/"],
  ])("%j is not for %s", (text, url) => {
    expect(credentialsOf(text).find(new URL(url))).toBeUndefined();
  });

  it("goes on behind a macro", () => {
    const text = "macdef m\ncd /\n\nmachine x.test login a password b";
    expect(credentialsOf(text).find(new URL("https://x.test/"))?.login).toBe("a");
  });

  it("has the password of a user name", () => {
    const credentials = credentialsOf(
      "machine x.test login a password b\nmachine x.test login c password d",
    );
    expect(credentials.find(new URL("https://x.test/"), "c")?.password).toBe("d");
    expect(credentials.find(new URL("https://x.test/"), "e")).toBeUndefined();
  });

  it("tells the entry that is held back from plain http", () => {
    const credentials = credentialsOf("\nmachine x.test login a password b");
    expect(credentials.withheld(new URL("http://x.test/"))).toBe(2);
    expect(credentials.withheld(new URL("https://x.test/"))).toBeUndefined();
    expect(credentials.withheld(new URL("http://y.test/"))).toBeUndefined();
  });

  it("says what it does not use, and no word of it", () => {
    const { remarks } = credentialsOf(
      "machine x.test login a pasword hunter2\ndefault login u password hunter2\nmacdef m\nhunter2\n",
    );
    expect(remarks).toHaveLength(4);
    expect(remarks.join()).toContain("auth.conf:2:");
    expect(remarks.join()).not.toContain("hunter2");
  });

  it.each([
    ["machine", "1"],
    ["machine x.test login", "1"],
    ["machine x.test\nlogin a password", "2"],
    ["machine https:// login a password hunter2", "1"],
    ["\nmachine me:hunter2@x.test login a", "2"],
    ["machine x.test:port login a", "1"],
    ["machine [::1 login a", "1"],
  ])("that cannot be understood is an error with its line: %j", (text, line) => {
    const error = errorOf(text);
    expect(error).toMatchObject({
      code: "ERR_FETCH_BAD_AUTH_FILE",
      path: "auth.conf",
      found: line,
    });
    expect(inspect(error)).not.toContain("hunter2");
  });

  it("that is too large is an error", () => {
    expect(errorOf("x ".repeat(600_000)).code).toBe("ERR_FETCH_BAD_AUTH_FILE");
  });

  it("is shown by nothing", () => {
    const credentials = credentialsOf("machine x.test login a password hunter2");
    expect(JSON.stringify(credentials)).not.toContain("hunter2");
    expect(inspect(credentials, { showHidden: true, depth: 9 })).not.toContain("hunter2");
  });

  it("is read or refused, whatever it holds", () => {
    const words = ["machine ", "login ", "password ", "default ", "macdef ", "\n", "#", "x.test "];
    for (const text of [...randomTexts(500), ...randomTexts(500, words)]) {
      try {
        expect(credentialsOf(text).find(new URL("https://y.test/"))).toBeUndefined();
      } catch (error) {
        expect(error).toBeInstanceOf(FetchError);
      }
    }
  });
});

describe("a request", () => {
  const answering = () => serverOf((seen) => reply(seen, { body: "x" }));
  const forHttp = (server: RawServer, path = "") =>
    credentialsOf(`machine http://127.0.0.1:${server.port}${path} login me password hunter2`);

  it("carries the login of the file to the host and path that it names, alone", async () => {
    const server = await answering();
    const other = await answering();
    const fetcher = fetcherWith({ credentials: forHttp(server, "/private/") });
    await fetcher.get({ urls: [`${server.url}private/x`], limit: 9 });
    await fetcher.get({ urls: [`${server.url}public/x`], limit: 9 });
    await fetcher.get({ urls: [`${other.url}private/x`], limit: 9 });
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      basic("me:hunter2"),
      undefined,
    ]);
    expect(other.seen[0]?.headers).not.toHaveProperty("authorization");
  });

  it("is the same for downloads and HEAD", async () => {
    const wanted = file(10);
    const server = await serverOf((seen) => reply(seen, { body: wanted.body }));
    const fetcher = fetcherWith({ credentials: forHttp(server) });
    await fetcher.download(wanted.request(server.url));
    await fetcher.exists(server.url);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      basic("me:hunter2"),
      basic("me:hunter2"),
    ]);
  });

  it("carries what stands in the URL before what stands in the file", async () => {
    const server = await answering();
    const fetcher = fetcherWith({ credentials: forHttp(server) });
    const at = (user: string) => server.url.replace("//", `//${user}@`);
    for (const user of ["other:pass", "me", "somebody"]) {
      await fetcher.get({ urls: [at(user)], limit: 9 });
    }
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      basic("other:pass"),
      basic("me:hunter2"),
      basic("somebody:"),
    ]);
  });

  it("that is redirected carries what the file has for the new host, and nothing else", async () => {
    const target = await answering();
    const stranger = await answering();
    let next = target.url;
    const server = await serverOf((seen) =>
      reply(seen, { status: 302, headers: { location: next } }),
    );
    const credentials = credentialsOf(
      `machine http://127.0.0.1:${server.port} login first password one\n` +
        `machine http://127.0.0.1:${target.port} login second password two`,
    );
    const fetcher = fetcherWith({ credentials });
    await fetcher.get({ urls: [server.url], limit: 9 });
    next = stranger.url;
    await fetcher.get({ urls: [server.url], limit: 9 });
    expect(server.seen[0]?.headers.authorization).toBe(basic("first:one"));
    expect(target.seen[0]?.headers.authorization).toBe(basic("second:two"));
    expect(stranger.seen[0]?.headers).not.toHaveProperty("authorization");
  });

  it("that fails shows nothing of it", async () => {
    for (const status of [401, 403, 500]) {
      const server = await serverOf((seen) => reply(seen, { status }));
      const fetcher = fetcherWith({ retries: 0, credentials: forHttp(server) });
      const error = await failure(fetcher.get({ urls: [server.url], limit: 9 }));
      expect(error).toMatchObject({ code: "ERR_FETCH_HTTP_STATUS", status });
      const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
      expect(shown).not.toMatch(/hunter2|bWU6aHVudGVyMg/);
    }
  });

  it("goes through a proxy with the proxy's login from the file", async () => {
    const proxy = await answering();
    for (const url of [`http://127.0.0.1:${proxy.port}`, `http://me@127.0.0.1:${proxy.port}`]) {
      const fetcher = fetcherWith({ proxy: { http: url }, credentials: forHttp(proxy) });
      await fetcher.get({ urls: ["http://deb.example.org/"], limit: 9 });
    }
    expect(proxy.seen.map(({ headers }) => headers["proxy-authorization"])).toEqual([
      basic("me:hunter2"),
      basic("me:hunter2"),
    ]);
    expect(proxy.seen[0]?.headers).not.toHaveProperty("authorization");
  });
});

const HELPER = "/usr/lib/apt/apt-helper";
const noApt = spawnSync(HELPER, ["--version"]).status !== 0;
if (noApt && process.env.CI) {
  throw new Error(`needs ${HELPER}: not installed on this CI machine`);
}

describeTls(noApt ? "apt (skipped: needs apt-helper)" : "apt", () => {
  it.skipIf(noApt)("sends what we send", async () => {
    const authority = makeAuthority();
    const answer = (seen: Seen) => reply(seen, { body: "x" });
    const servers = {
      http: await serverOf(answer),
      https: await tlsServer(authority.issue(), answer),
    };
    const path = directory();
    writeFileSync(join(path, "ca.pem"), authority.pem);
    const sentByApt: (string | undefined)[] = [];
    const sentByUs: (string | undefined)[] = [];
    for (const [text, url] of CASES) {
      const server = url.startsWith("https") ? servers.https : servers.http;
      const at = (template: string) =>
        template.replace(/HOST/g, "127.0.0.1").replace(/PORT/g, String(server.port));
      writeFileSync(join(path, "auth.conf"), `${at(text)}\n`);
      const sent = async (ask: () => Promise<unknown>) => {
        const before = server.seen.length;
        await ask();
        return server.seen[before]?.headers.authorization;
      };
      const options = [
        `Dir::Etc::netrc=${join(path, "auth.conf")}`,
        `Dir::Etc::netrcparts=${join(path, "none")}`,
        "APT::Sandbox::User=root",
        "Acquire::http::Proxy=DIRECT",
        "Acquire::https::Proxy=DIRECT",
        `Acquire::https::CAInfo=${join(path, "ca.pem")}`,
      ].flatMap((option) => ["-o", option]);
      sentByApt.push(
        await sent(() =>
          promisify(execFile)(HELPER, [...options, "download-file", at(url), join(path, "out")]),
        ),
      );
      const fetcher = fetcherWith({
        credentials: credentialsOf(at(text)),
        tls: { ca: authority.file },
      });
      sentByUs.push(await sent(() => fetcher.get({ urls: [at(url)], limit: 9 })));
    }
    expect(sentByUs).toEqual(sentByApt);
    expect(sentByUs.filter((value) => value !== undefined).length).toBeGreaterThan(8);
  });
});
