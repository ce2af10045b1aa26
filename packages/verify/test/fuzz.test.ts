import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as openpgp from "openpgp";
import { afterAll, describe, expect, it } from "vitest";
import { splitClearsigned } from "../src/clearsign.js";
import {
  armorSignature,
  readKeyring,
  VerifyError,
  verifyDetached,
  verifyInRelease,
} from "../src/index.js";
import { askApt } from "./apt.js";
import { aptReadsSignatures, splitAsApt } from "./fuzz/apt-split.js";
import { GpgvOracle } from "./fuzz/gpgv-oracle.js";
import { mutate } from "./fuzz/mutate.js";
import { createRandom } from "./fuzz/random.js";
import {
  armorBlock,
  canonical,
  clearsign,
  createKey,
  frame,
  keyringFile,
  POLICY,
  publicBytes,
  RELEASE,
  signBytes,
  utf8,
} from "./material.js";
import { needs, scratch } from "./tools.js";

// `npm run fuzz` takes a minute; FUZZ_SECONDS and FUZZ_SEED are for more of it, and for the same.
const seconds = Number(process.env.FUZZ_SECONDS ?? 2.5);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 0x7fff_ffff);
const long = seconds > 10;

const key = await createKey();
const rsa = await createKey({ rsa: 2048 });
const stranger = await createKey({ userId: "Somebody Else" });
const ring = publicBytes(key, rsa);
const keyring = await readKeyring([keyringFile(ring)]);
const text = { type: openpgp.enums.signature.text };

/** What a mutated document was worth to each side. */
class Tally {
  tried = 0;
  split = 0;
  accepted = 0;
  readonly asked = { refused: 0, stricter: 0 };
  readonly stricter = new Map<string, number>();

  toString(): string {
    const codes = [...this.stricter].sort((a, b) => b[1] - a[1]);
    return [
      `${this.tried} documents, ${this.split} split, ${this.accepted} accepted`,
      `of ${this.asked.refused} refused ones that gpgv was asked about it takes ${this.asked.stricter}`,
      ...codes.map(([code, count]) => `  ${count} ${code}`),
    ].join("\n");
  }
}

async function codeOf(promise: Promise<unknown>): Promise<VerifyError["code"] | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (error instanceof VerifyError) return error.code;
    throw error;
  }
}

function trySplit(bytes: Uint8Array): { split?: ReturnType<typeof splitClearsigned> } {
  try {
    return { split: splitClearsigned(bytes, "InRelease") };
  } catch (error) {
    if (error instanceof VerifyError) return {};
    throw error;
  }
}

/** Shown when a document makes a test fail, so that it can be tried again. */
function evidence(document: Uint8Array, why: string): string {
  return `${why} (seed ${seed}): ${Buffer.from(document).toString("base64")}`;
}

const tools = needs("gpgv", "apt-get");
describe.skipIf(!tools.met)(`no mutated document is accepted that apt refuses${tools.note}`, () => {
  const directory = scratch();
  const oracle = new GpgvOracle(directory.path, ring);
  afterAll(() => directory.remove());

  it(
    `in an InRelease (${seconds} s, seed ${seed})`,
    async () => {
      const random = createRandom(seed);
      const nasty = `${RELEASE}\n- a\n-- b\n-----BEGIN PGP SIGNATURE-----\nä: \v\f\u2028\u00a0x\n\n\n`;
      const bytes = canonical(RELEASE);
      const documents = [
        await clearsign(RELEASE, key),
        await clearsign(RELEASE, rsa),
        await clearsign(nasty, key),
        await clearsign("", key),
        await clearsign(RELEASE.replace("Origin: Test", "Origin: Evil"), stranger),
        frame(RELEASE, [await signBytes(bytes, stranger, text), await signBytes(bytes, key, text)]),
        (await clearsign(RELEASE, key)).replaceAll("\n", "\r\n"),
      ].map((document) => Buffer.from(document)) as [Buffer, ...Buffer[]];
      const tally = new Tally();
      const forApt: Buffer[] = [];
      const until = performance.now() + seconds * 1000;
      while (performance.now() < until) {
        const mutant = mutate(documents, random);
        tally.tried++;
        const { split } = trySplit(mutant);
        const apt = splitAsApt(mutant.toString("latin1"));
        const variants = [mutant];
        if (split !== undefined) {
          tally.split++;
          expect(apt, evidence(mutant, "split, and apt does not")).toBeDefined();
          const theirs = Buffer.from(apt?.message ?? "", "latin1").toString();
          expect(split.text, evidence(mutant, "split into another text")).toBe(`${theirs}\n`);
          // Were it signed as it is read here, would gpgv read the same?
          if (random.chance(0.3)) variants.push(await signAnew(mutant, split.signed));
        }
        for (const document of variants) {
          const code = await codeOf(verifyInRelease(document, keyring, POLICY));
          const theirs = splitAsApt(document.toString("latin1"));
          const good = () =>
            theirs === undefined
              ? Promise.resolve(false)
              : oracle.accepts({ signature: theirs.signature, data: theirs.message });
          if (code === undefined) {
            tally.accepted++;
            expect(await good(), evidence(document, "accepted, and gpgv refuses")).toBe(true);
            if (theirs?.message === RELEASE.trimEnd()) forApt.push(document);
          } else if (theirs !== undefined && random.chance(0.03)) {
            tally.asked.refused++;
            if (await good()) {
              tally.asked.stricter++;
              tally.stricter.set(code, (tally.stricter.get(code) ?? 0) + 1);
            }
          }
        }
      }
      expect(tally.accepted).toBeGreaterThan(10);
      // A whole apt, on a sample, so that what stands for its rules here can be trusted.
      const sample = forApt
        .slice(0, long ? 200 : 20)
        .map((inRelease) => ({ keyring: ring, inRelease }));
      const place = join(directory.path, "apt");
      mkdirSync(place);
      const accepted = askApt(place, sample);
      const refused = sample.find((one) => !accepted.has(one));
      expect(
        refused && evidence(refused.inRelease, "accepted, and apt-get refuses"),
      ).toBeUndefined();
      if (long)
        console.log(`${tally}\n${oracle.runs} runs of gpgv, ${sample.length} asked of apt-get`);
    },
    120_000 + seconds * 2000,
  );

  it(
    `in a Release.gpg (${seconds / 5} s)`,
    async () => {
      const random = createRandom(seed + 1);
      const release = utf8(RELEASE);
      const good = await signBytes(release, key);
      const more = await signBytes(release, rsa);
      const foreign = await signBytes(release, stranger);
      const documents = [
        armorBlock(good),
        armorBlock(more).replace("\n\n", "\nVersion: GnuPG v2\nComment: x\n\n"),
        armorBlock(Buffer.concat([foreign, more])),
        armorBlock(foreign) + armorBlock(good),
        Buffer.from(armorSignature(more)).toString(),
        good,
        Buffer.concat([good, foreign]),
      ].map((document) => Buffer.from(document as string)) as [Buffer, ...Buffer[]];
      const releases = [release, utf8(`- a\nb: c \t\r\n\n\n-- d\r\nf\n`)].map((one) =>
        Buffer.from(one),
      ) as [Buffer, ...Buffer[]];
      let accepted = 0;
      const until = performance.now() + seconds * 200;
      while (performance.now() < until) {
        const signsText = random.chance(0.05);
        const body = signsText ? mutate(releases, random) : release;
        const mutant = signsText ? await signBytes(body, key, text) : mutate(documents, random);
        if ((await codeOf(verifyDetached(body, mutant, keyring, POLICY))) !== undefined) continue;
        accepted++;
        // What is published is armored.
        const published = Buffer.from(armorSignature(mutant));
        const readable = aptReadsSignatures(published.toString("latin1"));
        expect(readable, evidence(mutant, "accepted, and apt cannot read it")).toBe(true);
        const fits = await oracle.accepts({ signature: published, data: body });
        expect(fits, evidence(signsText ? body : mutant, "accepted, and gpgv refuses")).toBe(true);
      }
      expect(accepted).toBeGreaterThan(0);
    },
    120_000 + seconds * 2000,
  );
});

/** The same document with a signature that fits what this package reads in it. */
async function signAnew(document: Buffer, signed: Uint8Array): Promise<Buffer> {
  const at = document.lastIndexOf("\n-----BEGIN PGP SIGNATURE-----");
  const block = armorBlock(await signBytes(signed, key, text));
  return Buffer.concat([document.subarray(0, at + 1), Buffer.from(block)]);
}
