import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import type { ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { aptClient, createKey, describeNeeds, runTool, serve, type TestKey } from "@mirror/testkit";
import { readKeyring } from "@mirror/verify";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createUnpacker, verifyTree } from "../src/index.js";
import { type Mirror, openMirror } from "./mirror.js";

const IMAGES = "main/installer-amd64/current/images";
const UDEB = "pool/main/n/netcfg/netcfg_1.0_amd64.udeb";
const CONTENT: Readonly<Record<string, string>> = {
  "netboot/debian-installer/amd64/linux": "a kernel",
  "netboot/netboot.tar.gz": "not even packed",
  "cdrom/initrd.gz": "",
  // Debian's list names the other one, which its Release lists too.
  MD5SUMS: "0123  ./netboot/netboot.tar.gz\n",
};

let key: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  key = await createKey();
});
beforeEach(async () => {
  mirror = await openMirror(key, [
    {
      suite: "stable",
      architectures: ["amd64", "arm64"],
      architectureReleases: true,
      packages: [
        { package: "hello", version: "1.0" },
        { package: "netcfg", version: "1.0", udeb: true },
      ],
      indices: { "main/Contents-udeb-amd64": "usr/bin/netcfg debian-installer/netcfg\n" },
    },
  ]);
  mirror.spec = { indices: { ...mirror.fullSpec().indices, installer: true } };
});
afterEach(() => mirror.close());

const latest = (...path: string[]) => join(mirror.dir, "m", "latest", ...path);
const image = (name: string) => latest("dists/stable", IMAGES, name);
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const sums = (content: Readonly<Record<string, string>>) =>
  Object.entries(content)
    .map(([name, text]) => `${sha256(text)}  ./${name}\n`)
    .join("");

async function publish(list = sums(CONTENT), content = CONTENT, directory = IMAGES) {
  for (const [name, text] of Object.entries(content)) {
    const path = mirror.repository.suitePath("stable", directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const verbatim = {
    [`${directory}/SHA256SUMS`]: list,
    [`${directory}/MD5SUMS`]: content.MD5SUMS ?? "",
  };
  await mirror.repository.publish({ suites: { stable: { verbatim } } });
}

async function verified() {
  const tree = mirror.collection.latest();
  if (!tree) throw new TypeError("no tree");
  const keyring = await readKeyring([{ name: "test.gpg", bytes: key.binaryPublic, named: true }]);
  const options = { level: "full", keyring, now: new Date(), unpacker: createUnpacker() } as const;
  const { problems, warnings } = await verifyTree(tree, options);
  return [...problems, ...warnings].map(({ code }) => code);
}

describe("the installer", () => {
  it.each(["images", "legacy-images"])(
    "comes with all of its %s, which its own sums fit",
    async (kind) => {
      const directory = IMAGES.replace(/images$/, kind);
      await publish(sums(CONTENT), CONTENT, directory);
      const dry = await mirror.dryRun();
      const report = await mirror.sync();
      expect(report.warnings).toEqual([]);
      expect(dry.packages.files).toBe(2 + 4);
      for (const [name, text] of Object.entries(CONTENT))
        expect(readFileSync(latest("dists/stable", directory, name), "utf8")).toBe(text);
      const check = await runTool("sha256sum", ["--check", "--strict", "SHA256SUMS"], {
        cwd: latest("dists/stable", directory),
      });
      expect(check.exitCode).toBe(0);
      expect(await verified()).toEqual([]);
    },
  );

  it("comes with its packages, their Release and their Contents, of the architectures asked for", async () => {
    await publish();
    await mirror.sync();
    expect(existsSync(latest(UDEB))).toBe(true);
    expect(readdirSync(latest("dists/stable/main/debian-installer"))).toEqual(["binary-amd64"]);
    expect(existsSync(latest("dists/stable/main/Contents-udeb-amd64.gz"))).toBe(true);
    expect(existsSync(latest("dists/stable/main/binary-amd64/Release"))).toBe(true);
  });

  it("is left alone unless it is asked for", async () => {
    await publish();
    mirror.spec = {};
    await mirror.sync();
    expect(existsSync(latest(UDEB))).toBe(false);
    expect(existsSync(image("SHA256SUMS"))).toBe(false);
    expect(existsSync(latest("dists/stable/main/Contents-udeb-amd64.gz"))).toBe(false);
  });

  it("costs what changed of it", async () => {
    await publish();
    await mirror.sync();
    mirror.server.clear();
    const changed = { ...CONTENT, "netboot/netboot.tar.gz": "another" };
    await publish(sums(changed), changed);
    await mirror.sync();
    const asked = mirror.server.requests.map(({ file }) => file);
    expect(new Set(asked.filter((file) => /images\/(?!by-hash)/.test(file)))).toEqual(
      new Set([`dists/stable/${IMAGES}/netboot/netboot.tar.gz`]),
    );
    expect(readFileSync(image("netboot/netboot.tar.gz"), "utf8")).toBe("another");
    mirror.server.clear();
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
    expect(mirror.server.requests).toHaveLength(1);
  });

  const line = (name: string) => `${sha256("x")}  ${name}\n`;
  it.each([
    ["a path that leads up", line("./../../../../../../x")],
    ["a path that leads up in the middle", line("netboot/../../x")],
    ["an absolute path", line("/etc/x")],
    ["itself", line("./SHA256SUMS")],
    ["a list of packages", line("./Packages.gz")],
    ["a file below by-hash", line("./by-hash/SHA256/0")],
    ["a control character", line("a\u0007b")],
    ["a file that upstream lacks", line("./missing")],
    ["a file with two digests", line("a") + line("./a").replace(/^../, "00")],
    ["a line that is none", "garbage\n"],
    [
      "a hundred thousand files",
      Array.from({ length: 100_000 }, (_, at) => line(`./f${at}`)).join(""),
    ],
  ])("is left out with a warning where its sums name %s", async (_, more) => {
    await publish(sums(CONTENT) + more);
    const { warnings } = await mirror.sync();
    expect(warnings.map(({ code }) => code)).toEqual(["WARN_SYNC_INSTALLER_LEFT_OUT"]);
    expect(existsSync(image(""))).toBe(false);
    expect(existsSync(latest(UDEB))).toBe(true);
    expect(await verified()).toEqual([]);
  });

  it.each([
    [
      "with other content than its sums say",
      "ERR_FETCH_DIGEST_MISMATCH",
      sums(CONTENT),
      "A KERNEL",
    ],
    [
      "as a file and as a directory",
      "ERR_SYNC_CONFLICTING_FILE",
      sums({ ...CONTENT, "netboot/debian-installer": "a kernel" }),
      "a kernel",
    ],
  ])("%s fails the sync and changes nothing", async (_, code, list, linux) => {
    await mirror.sync();
    const before = readlinkSync(latest());
    const name = "netboot/debian-installer/amd64/linux";
    await publish(list, { ...CONTENT, [name]: linux });
    if (code === "ERR_SYNC_CONFLICTING_FILE")
      mirror.server.fault(/netboot\/debian-installer$/, { kind: "content", body: "a kernel" });
    await expect(mirror.sync()).rejects.toMatchObject({ code });
    expect(readlinkSync(latest())).toBe(before);
  });

  it("is asked how large its images are without fetching them twice", async () => {
    await publish();
    mirror.server.fault(/images\/netboot\/netboot\.tar\.gz$/, { kind: "chunked" });
    await mirror.sync();
    const asked = (end: string) =>
      mirror.server.requests.filter(({ file }) => file.endsWith(end)).map(({ method }) => method);
    expect(asked("amd64/linux")).toEqual(["HEAD", "GET"]);
    // Its length is told with its first byte alone.
    expect(asked("netboot.tar.gz")).toEqual(["HEAD", "GET", "GET"]);
    const sent = mirror.server.requests.filter(({ file }) => file.endsWith("netboot.tar.gz"));
    expect(sent[1]).toMatchObject({ status: 206, sentBytes: 1 });
  });

  const NETBOOT = /images\/netboot\/netboot\.tar\.gz$/;
  const to = (only: string) => (request: { method: string; path: string }) =>
    request.method === only && NETBOOT.test(request.path);
  it.each<[string, (server: Mirror["server"]) => void]>([
    [
      "of an unknown size",
      (server) => {
        const respond = (_: unknown, response: ServerResponse) => {
          response.write("x");
          response.end();
        };
        server.fault(to("HEAD"), { kind: "chunked" });
        server.fault(to("GET"), { kind: "respond", respond });
      },
    ],
    [
      "endless",
      (server) => {
        server.fault(to("HEAD"), { kind: "status", status: 405 });
        server.fault(to("GET"), { kind: "flood", every: 10 });
      },
    ],
    [
      "huge",
      (server) => {
        const respond = (_: unknown, response: ServerResponse) => {
          response.writeHead(200, { "Content-Length": String(2 ** 42) }).end();
        };
        server.fault(to("HEAD"), { kind: "respond", respond });
      },
    ],
  ])("whose image is %s fails the sync", async (_, spoil) => {
    await publish();
    spoil(mirror.server);
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_BAD_INDEX" });
    expect(existsSync(latest())).toBe(false);
  });

  it("is verified: an image that is other than its sums say, or gone, is a problem", async () => {
    await publish();
    await mirror.sync();
    writeFileSync(image("netboot/debian-installer/amd64/linux"), "a KERNEL");
    expect(await verified()).toEqual(["ERR_SYNC_TREE_WRONG_CONTENT"]);
  });
});

describeNeeds(describe, ["apt-get"], "an apt client of the installer's packages", () => {
  it("finds and downloads them", async () => {
    await publish();
    await mirror.sync();
    const web = await serve(latest());
    try {
      const root = join(mirror.dir, "..", "client");
      mkdirSync(root);
      const sources = `deb ${web.url} stable main main/debian-installer`;
      const apt = await aptClient({ root, sources, keyring: key.binaryPublic });
      expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
      expect(await apt.download("netcfg", "hello")).toMatchObject({ exitCode: 0, errors: [] });
      expect(web.requests.map(({ file }) => file)).toContain(UDEB);
    } finally {
      await web.close();
    }
  });
});
