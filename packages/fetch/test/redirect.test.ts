import { describe, expect, it } from "vitest";
import { failure, fetcherWith, file, serverOf } from "./fixture.js";
import { reply } from "./raw-server.js";

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;
const withUser = (url: string, user: string) => url.replace("//", `//${user}@`);

describe("a redirect", () => {
  it.each([301, 302, 303, 307, 308])("by %d to another host is followed", async (status) => {
    const wanted = file(1000);
    const target = await serverOf((seen) => reply(seen, { body: wanted.body }));
    const server = await serverOf((seen) =>
      reply(seen, { status, headers: { location: `${target.url}there` } }),
    );
    const result = await fetcherWith().download(wanted.request(server.url));
    expect(result).toMatchObject({ status: "done", url: server.url });
    expect(target.seen[0]?.target).toBe("/there");
  });

  it.each([
    ["/pool/b", "/pool/b"],
    ["b", "/dists/b"],
    ["../b?x=1", "/b?x=1"],
    ["//HOST/c", "/c"],
    ["/caf\xc3\xa9", "/caf%C3%A9"],
  ])("to %s leads to %s", async (location, target) => {
    const wanted = file(10);
    const server = await serverOf((seen) => {
      if (seen.index === 0) {
        const value = location.replace("HOST", seen.headers.host ?? "");
        seen.socket.write(
          Buffer.from(
            `HTTP/1.1 302 X\r\nlocation: ${value}\r\ncontent-length: 0\r\n\r\n`,
            "latin1",
          ),
        );
      } else {
        reply(seen, { body: wanted.body });
      }
    });
    await fetcherWith().download(wanted.request(`${server.url}dists/a`));
    expect(server.seen[1]?.target).toBe(target);
  });

  it("is followed five times and no sixth", async () => {
    const wanted = file(10);
    const server = await serverOf((seen) => {
      const hop = Number(seen.target.slice(1));
      reply(
        seen,
        hop === 0 ? { body: wanted.body } : { status: 302, headers: { location: `/${hop - 1}` } },
      );
    });
    expect(await fetcherWith().download(wanted.request(`${server.url}5`))).toMatchObject({
      status: "done",
    });
    const error = await failure(fetcherWith().download(wanted.request(`${server.url}6`)));
    expect(error).toMatchObject({ code: "ERR_FETCH_REDIRECT", attempts: 1 });
    expect(server.seen).toHaveLength(12);
  });

  it("to itself ends", async () => {
    const server = await serverOf((seen) =>
      reply(seen, { status: 302, headers: { location: "/" } }),
    );
    const error = await failure(fetcherWith().download(file(10).request(server.url)));
    expect(error.code).toBe("ERR_FETCH_REDIRECT");
    expect(server.seen).toHaveLength(6);
  });

  it.each([
    "file:///etc/passwd",
    "ftp://127.0.0.1/x",
    "javascript:alert(1)",
    "http://",
    "http://[::1",
    "http://127.0.0.1:99999/",
  ])("to %s is refused", async (location) => {
    const server = await serverOf((seen) => reply(seen, { status: 302, headers: { location } }));
    const error = await failure(fetcherWith().download(file(10).request(server.url)));
    expect(error).toMatchObject({ code: "ERR_FETCH_REDIRECT", status: 302, attempts: 1 });
  });

  it("without Location is refused", async () => {
    const server = await serverOf((seen) => reply(seen, { status: 302 }));
    const error = await failure(fetcherWith().download(file(10).request(server.url)));
    expect(error.code).toBe("ERR_FETCH_REDIRECT");
  });

  it("with characters that terminals obey does not bring them into the message", async () => {
    const server = await serverOf((seen) =>
      reply(seen, { status: 302, headers: { location: "gopher://x/\x9b31m\x85" } }),
    );
    const error = await failure(fetcherWith().download(file(10).request(server.url)));
    expect(error.code).toBe("ERR_FETCH_REDIRECT");
    expect(`${error.message}${error.found}`).not.toMatch(/\p{Cc}/u);
  });

  it("that is refused leads to the next URL", async () => {
    const wanted = file(10);
    const server = await serverOf((seen) =>
      reply(
        seen,
        seen.target === "/a"
          ? { status: 302, headers: { location: "file:///x" } }
          : { body: wanted.body },
      ),
    );
    const urls = [`${server.url}a`, `${server.url}b`];
    expect(await fetcherWith().download(wanted.request(urls))).toMatchObject({ url: urls[1] });
  });
});

describe("credentials in a URL", () => {
  it("go as Basic authorization, decoded, and never into the request line", async () => {
    const wanted = file(10);
    const server = await serverOf((seen) => reply(seen, { body: wanted.body }));
    const url = withUser(server.url, "me%40home:p%3Ass%20w%C3%B6rd");
    expect(await fetcherWith().download(wanted.request(url))).toMatchObject({ url });
    expect(server.seen[0]?.headers.authorization).toBe(basic("me@home:p:ss wörd"));
    expect(server.seen[0]?.target).toBe("/");
    expect(server.seen[0]?.headers.host).toBe(`127.0.0.1:${server.port}`);
  });

  it("stay with their host over redirects, there and back", async () => {
    const wanted = file(10);
    const other = await serverOf((seen) =>
      reply(seen, { status: 302, headers: { location: `${server.url}back` } }),
    );
    const server = await serverOf((seen) => {
      const location = { "/": "/same", "/same": `${withUser(other.url, "evil:evil")}` }[
        seen.target
      ];
      reply(
        seen,
        location === undefined ? { body: wanted.body } : { status: 302, headers: { location } },
      );
    });
    await fetcherWith().download(wanted.request(withUser(server.url, "me:secret")));
    expect(server.seen.map((seen) => [seen.target, seen.headers.authorization])).toEqual([
      ["/", basic("me:secret")],
      ["/same", basic("me:secret")],
      ["/back", basic("me:secret")],
    ]);
    expect(other.seen[0]?.headers).not.toHaveProperty("authorization");
  });

  it("do not show in any error", async () => {
    const server = await serverOf((seen) => {
      const location = { "/redirect": "ftp://u:secret@x/?sig=secret" }[seen.target];
      if (location !== undefined) {
        reply(seen, { status: 302, headers: { location } });
      } else if (seen.target === "/reset") {
        seen.socket.resetAndDestroy();
      } else if (seen.target !== "/silent") {
        reply(seen, { status: 401, body: "nope" });
      }
    });
    const fetcher = fetcherWith({ retries: 0, stallTimeout: 50 });
    for (const path of ["status", "redirect", "reset", "silent"]) {
      const url = `${withUser(server.url, "me:secret")}${path}?token=secret`;
      const target = path === "status" ? url : url.replace(/\?.*/, "");
      for (const ask of [
        () => fetcher.get({ urls: [target], limit: 10 }),
        () => fetcher.download(file(10).request(target)),
      ]) {
        const error = await failure(ask());
        const { stack, message, cause, ...rest } = error;
        expect(`${message}${stack}${String(cause)}${JSON.stringify(rest)}`).not.toContain("secret");
      }
    }
    await expect(fetcher.exists("ftp://me:secret@x/")).rejects.toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("secret") }),
    );
  });
});
