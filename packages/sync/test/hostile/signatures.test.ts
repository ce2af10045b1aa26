import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  aptClient,
  createRepository,
  describeNeeds,
  serve,
  type TemporaryDirectory,
  type TestServer,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ArchiveKeys, days, makeArchiveKeys } from "./archive-keys.js";
import { FRAMING_CASES } from "./framing-cases.js";
import { KEYRING_CASES } from "./keyring-cases.js";
import { PAIR_CASES } from "./pair-cases.js";
import type { Documents, SignatureCase } from "./signature-case.js";
import { SIGNER_CASES } from "./signer-cases.js";
import { Target } from "./target.js";

const CASES = [...FRAMING_CASES, ...SIGNER_CASES, ...PAIR_CASES, ...KEYRING_CASES];
const accepted = CASES.filter(({ expect }) => expect === "accepted");
const refused = CASES.filter(({ expect }) => expect !== "accepted");

let directory: TemporaryDirectory;
let keys: ArchiveKeys;
let server: TestServer;
/** A mirror of a good upstream, which every bad one then tries to change. */
let warm: Target;
const served = new Map<SignatureCase, { documents: Documents; keyring: Uint8Array }>();

const place = (one: SignatureCase) => `case${CASES.indexOf(one)}`;
const urlOf = (one: SignatureCase) => `${server.url}upstream/${place(one)}/`;
const keyringOf = (one: SignatureCase) => served.get(one)?.keyring ?? Buffer.alloc(0);

/** A new mirror of one case's upstream. */
function cold(one: SignatureCase): Target {
  const dir = join(directory.path, "stores", place(one));
  return new Target({ dir, urls: [urlOf(one)], keyring: keyringOf(one) });
}

/** An upstream of its own that shares indices and packages with all the others. */
function putUpstream(name: string, documents: Documents): void {
  const root = join(directory.path, "upstream", name);
  const suite = join(root, "dists/stable");
  mkdirSync(suite, { recursive: true });
  const shared = join(directory.path, "shared");
  symlinkSync(join(shared, "pool"), join(root, "pool"));
  symlinkSync(join(shared, "dists/stable/main"), join(suite, "main"));
  for (const [file, content] of Object.entries(documents))
    writeFileSync(join(suite, file), content);
}

/** Which of these repositories a real apt takes, by one update from nothing. */
async function aptTakes(
  name: string,
  repositories: ReadonlyMap<SignatureCase, string>,
): Promise<ReadonlySet<SignatureCase>> {
  const root = join(directory.path, name);
  mkdirSync(root);
  const sources = [...repositories].map(([one, url]) => {
    const bytes = keyringOf(one);
    const armored = Buffer.from(bytes.subarray(0, 5)).toString() === "-----";
    const path = join(root, `${place(one)}.${armored ? "asc" : "gpg"}`);
    writeFileSync(path, bytes);
    return `deb [signed-by=${path}] ${url} stable main\n`;
  });
  const apt = await aptClient({ root, sources: sources.join("") });
  await apt.update();
  const taken = (url: string) => {
    const prefix = url.replace(/^http:\/\/|\/$/g, "").replaceAll("/", "_");
    return ["InRelease", "Release"].some((file) =>
      existsSync(join(apt.lists, `${prefix}_dists_stable_${file}`)),
    );
  };
  return new Set([...repositories].flatMap(([one, url]) => (taken(url) ? [one] : [])));
}

describeNeeds(describe, ["gpg", "gpgv", "apt-get"], "Release files signed by gpg", () => {
  beforeAll(async () => {
    directory = await temporaryDirectory("hostile-");
    for (const name of ["stores", "followers"]) mkdirSync(join(directory.path, name));
    keys = await makeArchiveKeys();
    const repository = await createRepository(join(directory.path, "shared"), {
      suites: [
        { suite: "stable", packages: [{ package: "hello", version: "1" }], compressions: [""] },
      ],
    });
    const release = readFileSync(repository.suitePath("stable", "Release"), "utf8");
    const yesterday = days(-1).toUTCString().replace("GMT", "UTC");
    const old = release.replace(/^Date: .*/m, `Date: ${yesterday}`);
    const material = { keys, release, old };
    server = await serve(directory.path);
    for (const one of CASES) {
      const documents = await one.make(material);
      const keyring = (await one.keyring?.(material)) ?? (await keys.keyring("archive"));
      served.set(one, { documents, keyring });
      putUpstream(place(one), documents);
    }
    putUpstream("good", { InRelease: await keys.clearsign(old) });
    warm = new Target({
      dir: join(directory.path, "warm"),
      urls: [`${server.url}upstream/good/`],
      keyring: await keys.keyring("archive"),
    });
    await warm.accepts();
  });
  afterAll(async () => {
    await server?.close();
    await keys?.remove();
    await directory?.remove();
  });

  it.each(refused)("are refused by a cold mirror: $name", async (one) => {
    const target = cold(one);
    await target.refuses(one.expect);
  });

  it.each(refused)("are refused by a warm mirror: $name", async (one) => {
    warm.urls = [urlOf(one)];
    warm.keyring = keyringOf(one);
    await warm.refuses(one.expect);
  });

  it.each(accepted)("are accepted: $name", async (one) => {
    const target = cold(one);
    await (one.gpgv === undefined ? target.accepts() : target.sync());
    const names = one.published ?? Object.keys(served.get(one)?.documents ?? {});
    const published = ["InRelease", "Release", "Release.gpg"].filter((name) =>
      existsSync(join(target.latest, "dists/stable", name)),
    );
    expect(published.sort()).toEqual([...names].sort());
  });

  it.each(accepted)("are followed by a warm mirror: $name", async (one) => {
    const target = new Target({
      dir: join(directory.path, "followers", place(one)),
      urls: [`${server.url}upstream/good/`],
      keyring: await keys.keyring("archive"),
    });
    await target.sync();
    const before = target.collection.latest()?.generation;
    target.urls = [urlOf(one)];
    target.keyring = keyringOf(one);
    expect(await target.sync()).toMatchObject({ outcome: "changed" });
    expect(target.collection.latest()?.generation).not.toBe(before);
  });

  describe("apt-get update", () => {
    let upstream: ReadonlySet<SignatureCase>;
    let ours: ReadonlySet<SignatureCase>;
    beforeAll(async () => {
      upstream = await aptTakes("apt-upstream", new Map(CASES.map((one) => [one, urlOf(one)])));
      const trees = accepted.map((one) => {
        const url = `${server.url}stores/${place(one)}/m/latest/`;
        return [one, url] as const;
      });
      ours = await aptTakes("apt-ours", new Map(trees));
    });

    it.each(CASES)("judges upstream as the mirror does: $name", (one) => {
      const expected = one.apt ?? (one.expect === "accepted" ? "accepts" : "refuses");
      expect(upstream.has(one) ? "accepts" : "refuses").toBe(expected);
    });

    it.each(accepted)("accepts what the mirror publishes: $name", (one) => {
      expect(ours.has(one)).toBe(true);
    });
  });
});
