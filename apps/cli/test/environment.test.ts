import { describe, expect, it } from "vitest";
import { proxyOf } from "../src/proxy.js";
import { readNamedFile } from "../src/read-file.js";

const mirror = { proxy: undefined } as unknown as Parameters<typeof proxyOf>[0];

describe("proxy variables", () => {
  it("are taken as curl and apt take them: lower case first, a bare host too", () => {
    const env = { http_proxy: "proxy:3128", HTTP_PROXY: "http://other:1", no_proxy: "local" };
    expect(proxyOf(mirror, env)).toEqual({ http: "http://proxy:3128", no: "local" });
    expect(proxyOf(mirror, { http_proxy: "" })).toBeUndefined();
  });

  it.each(["socks5://127.0.0.1:1080", "http://[::", "file:///x"])("%s is refused", (value) => {
    expect(() => proxyOf(mirror, { https_proxy: value })).toThrowError(
      expect.objectContaining({ code: "ERR_CLI_BAD_PROXY" }),
    );
  });

  it("are never shown with their password", () => {
    const refuse = () => proxyOf(mirror, { http_proxy: "socks5://bob:s3cret@proxy:1" });
    expect(refuse).toThrowError(
      expect.not.objectContaining({ message: expect.stringContaining("s3cret") }),
    );
  });
});

describe("files that the operator names", () => {
  it.each(["/dev/zero", "/proc/self/mem", "/nowhere", "/tmp"])("%s is refused", async (path) => {
    await expect(readNamedFile(path, "keyring")).rejects.toMatchObject({
      code: "ERR_CLI_UNREADABLE_FILE",
    });
  });
});
