import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { describeNeeds, fingerprintTree, temporaryDirectory } from "@mirror/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exchange } from "../src/exchange.js";
import { openStore, type Store } from "../src/index.js";
import { CREATED, plant } from "./plant.js";

let dir: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: Store;
beforeEach(async () => {
  dir = await temporaryDirectory();
  mkdirSync(`${dir.path}/store`);
  store = openStore({ dir: `${dir.path}/store` });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await dir.remove();
});

const foreign = (found?: string) =>
  expect.objectContaining({
    code: "ERR_SNAPSHOT_FOREIGN_ENTRY",
    ...(found === undefined ? {} : { found }),
  });
const names = () => readdirSync(store.dir).sort();

/** What the original tool leaves: a directory of its own, and a link to it by the mirror's name. */
function leaveLink(id: string): string {
  const target = `${store.dir}/.${id}.20250101_000000.000000/${id}`;
  mkdirSync(`${target}/css`, { recursive: true });
  writeFileSync(`${target}/css/site.css`, "theirs");
  symlinkSync(target, `${store.dir}/${id}`);
  return target;
}

/** Puts a public directory in the place of a link, as an engine does. */
async function replace(id: string): Promise<void> {
  const site = store.collection(id, { replaceLink: true });
  site.prepare();
  site.checkSwap("latest");
  expect(site.latest()).toBeUndefined();
  const tree = await plant(site, "g1");
  site.showLinks("latest", ["css"]);
  site.swap("latest", tree);
}

describe("a link in the place of a public directory", () => {
  it("is refused, named with what it shows, and stays", async () => {
    const target = leaveLink("site");
    const before = await fingerprintTree(store.dir);
    expect(() => store.collection("site").prepare()).toThrow(foreign(target));
    expect(await fingerprintTree(store.dir)).toEqual(before);
  });

  it.each(["perl", "no perl"])("gives way to the complete directory, with %s", async (which) => {
    if (which === "no perl") vi.stubEnv("PATH", "");
    const target = leaveLink("site");
    const before = await fingerprintTree(target, { content: true });
    const site = store.collection("site", { replaceLink: true });
    site.prepare();
    expect(readlinkSync(`${store.dir}/site`)).toBe(target);
    vi.unstubAllEnvs();
    const tree = await plant(site, "g1");
    if (which === "no perl") vi.stubEnv("PATH", "");
    site.showLinks("latest", ["css"]);
    expect(readlinkSync(`${store.dir}/site`)).toBe(target);
    site.swap("latest", tree);
    expect(readFileSync(`${store.dir}/site/css/site.css`, "utf8")).toBe("g1");
    expect(readlinkSync(`${store.dir}/site/latest`)).toBe("../.mirrorctl/trees/site/g1");
    expect(site.latest()?.generation).toBe("g1");
    expect(store.collection("site").latest()?.generation).toBe("g1");
    expect(names()).toEqual([".mirrorctl", ".site.20250101_000000.000000", "site"]);
    expect(await fingerprintTree(target, { content: true })).toEqual(before);
  });

  it("gives way also where it leads nowhere, or to a file", async () => {
    symlinkSync("/nowhere/at/all", `${store.dir}/gone`);
    writeFileSync(`${dir.path}/file`, "theirs");
    symlinkSync(`${dir.path}/file`, `${store.dir}/file`);
    for (const id of ["gone", "file"]) {
      await replace(id);
      expect(store.collection(id).latest()?.generation).toBe("g1");
    }
    expect(readFileSync(`${dir.path}/file`, "utf8")).toBe("theirs");
  });

  it("stays where it leads to a public directory that somebody moved", async () => {
    const site = store.collection("site");
    site.prepare();
    site.swap("latest", await plant(site, "g1"));
    renameSync(`${store.dir}/site`, `${store.dir}/moved`);
    symlinkSync("moved", `${store.dir}/site`);
    const before = await fingerprintTree(store.dir);
    const replacing = store.collection("site", { replaceLink: true });
    expect(() => replacing.prepare()).toThrow(foreign(`${store.dir}/moved`));
    expect(await fingerprintTree(store.dir)).toEqual(before);
  });

  it("is needed by nothing else: files and directories are treated as always", async () => {
    writeFileSync(`${store.dir}/file`, "theirs");
    expect(() => store.collection("file", { replaceLink: true }).prepare()).toThrow(foreign());
    const site = store.collection("site", { replaceLink: true });
    site.prepare();
    site.swap("latest", await plant(site, "g1"));
    site.swap("latest", await plant(site, "g2"));
    expect(readlinkSync(`${store.dir}/site/.latest.previous`)).toMatch(/\/g1$/);
    expect(() => site.swap("dists", site.trees()[0] as never)).not.toThrow();
  });
});

describe("a replacement that died", () => {
  it("is begun anew, and swept once the directory is in place", async () => {
    const target = leaveLink("site");
    const first = store.collection("site", { replaceLink: true });
    first.prepare();
    // As it is before the exchange, and as it is after one, before the link went.
    first.showLinks("latest", ["css", "gone"]);
    expect(lstatSync(`${store.dir}/.mirrorctl-new-site`).isDirectory()).toBe(true);
    await plant(first, "g0");
    symlinkSync("../.mirrorctl/trees/site/g0", `${store.dir}/.mirrorctl-new-site/latest`);
    symlinkSync(target, `${store.dir}/.mirrorctl-replaced-site`);
    await replace("site");
    expect(existsSync(`${store.dir}/site/.latest.previous`)).toBe(false);
    symlinkSync(target, `${store.dir}/.mirrorctl-new-site`);
    symlinkSync(target, `${store.dir}/.mirrorctl-replaced-site`);
    store.collection("site").sweep({ now: CREATED, grace: 0 });
    expect(names()).toEqual([".mirrorctl", ".site.20250101_000000.000000", "site"]);
    expect(existsSync(`${target}/css/site.css`)).toBe(true);
    expect(readFileSync(`${store.dir}/site/css/site.css`, "utf8")).toBe("g1");
  });
});

describeNeeds(describe, ["perl"], "an exchange in one step", () => {
  it("leaves no instant without the name, for a reader that spins over 300 of them", async () => {
    const [link, directory] = [`${dir.path}/link`, `${dir.path}/directory`];
    mkdirSync(directory);
    symlinkSync(store.dir, link);
    const script = fileURLToPath(new URL("./children/spin-path.mjs", import.meta.url));
    const reader = spawn(process.execPath, [script, link], { stdio: ["pipe", "pipe", "inherit"] });
    const said: string[] = [];
    reader.stdout.setEncoding("utf8").on("data", (text: string) => said.push(text));
    await once(reader.stdout, "data");
    for (let count = 0; count < 300; count += 1) {
      exchange(directory, link, `${dir.path}/aside`);
      expect(lstatSync(link).isDirectory()).toBe(count % 2 === 0);
      if (count % 20 === 0) await new Promise((done) => setTimeout(done, 1));
    }
    const closed = once(reader, "close");
    reader.stdin.end();
    await closed;
    const { looks, failures } = JSON.parse(said.join("").split("\n")[1] ?? "");
    expect(failures).toEqual({});
    expect(looks).toBeGreaterThan(1000);
  });
});
