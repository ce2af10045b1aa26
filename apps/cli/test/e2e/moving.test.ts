import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  type AptClient,
  type AptResult,
  createRepository,
  describeNeeds,
  judgeMirror,
  type TestRepository,
} from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorkplace, type Workplace } from "./workplace.js";

const TOOLS = ["apt-get", "gpg", "gpgv", "nginx"];
/** Twelve in the long form. */
const ROUNDS = process.env.MIRRORCTL_LONG === "1" ? 12 : 5;
/** Between two turns of a client that never ends, in ms: the mirror needs a core, too. */
const PAUSE = 100;
const POINTERS = ["latest", "current"];

const settings = (architectures: string) => `suites = ["stable"]
sections = ["main"]
architectures = [${architectures}]
publish_to_staging = true
snapshot.prune = { keep_last = 3 }
`;

describeNeeds(describe, TOOLS, "apt clients of a mirror that moves", () => {
  let place: Workplace;
  let repository: TestRepository;
  const moving = (version: number) => ({ package: "moving", version: `${version}` });
  /** Upstream has a newer package in the place of the one before. */
  const release = (version: number) =>
    repository.publish({ suites: { stable: { add: [moving(version)] } } });
  const syncAndPromote = async () => {
    await place.run("sync");
    await place.run("snapshot", "promote", "made");
  };
  const clients = (name: string) =>
    Promise.all(
      POINTERS.map((pointer) =>
        place.client(`${name}-${pointer}`, `deb ${place.web.url}made/${pointer} stable main\n`),
      ),
    );

  beforeAll(async () => {
    place = await openWorkplace(settings('"amd64"'));
    repository = await createRepository(place.archive, {
      key: place.key,
      suites: [
        {
          suite: "stable",
          architectures: ["amd64", "arm64"],
          packages: [moving(0), { package: "same", version: "1" }],
        },
      ],
    });
    await syncAndPromote();
  });
  afterAll(() => place?.close());

  it(`fail at nothing in ${ROUNDS} syncs and promotes back to back, whenever they update and download`, async () => {
    const busy = (await clients("busy")).map(keepUsing);
    const [early, patient] = [await clients("early"), await clients("patient")];
    try {
      for (const apt of early) expect(failuresOf(await apt.update())).toEqual([]);
      for (let round = 1; round <= ROUNDS; round += 1) {
        for (const apt of patient) expect(failuresOf(await apt.update())).toEqual([]);
        await release(round);
        await syncAndPromote();
        for (const apt of patient) {
          expect(failuresOf(await apt.download("moving"))).toEqual([]);
          expect(takeDebs(apt)).toEqual([`moving_${round - 1}_amd64.deb`]);
        }
      }
    } finally {
      for (const used of busy) used.stop();
      await Promise.all(busy.map(({ done }) => done));
    }
    for (const { failures, versions } of busy) {
      expect(failures).toEqual([]);
      expect(versions.size).toBeGreaterThan(ROUNDS / 3);
    }
    for (const apt of early) {
      expect(failuresOf(await apt.download("moving"))).toEqual([]);
      expect(takeDebs(apt)).toEqual(["moving_0_amd64.deb"]);
    }
    for (const pointer of POINTERS) {
      const { violations } = await judgeMirror(place.at("mirrors/made", pointer), {
        keyring: place.publicKey,
        suites: ["stable"],
        components: ["main"],
        architectures: ["amd64"],
      });
      expect([pointer, violations]).toEqual([pointer, []]);
    }
  }, 300_000);

  it("get what they saw from beside the pointer where other settings let nothing be carried", async () => {
    const patient = await clients("beside");
    for (const apt of patient) expect(failuresOf(await apt.update())).toEqual([]);
    await release(ROUNDS + 1);
    place.configure(settings('"amd64", "arm64"'));
    await syncAndPromote();
    for (const pointer of POINTERS) {
      const old = `${pointer}/pool/main/m/moving/moving_${ROUNDS}_amd64.deb`;
      expect([old, existsSync(place.at("mirrors/made", old))]).toEqual([old, false]);
    }
    for (const apt of patient) {
      expect(failuresOf(await apt.download("moving"))).toEqual([]);
      expect(takeDebs(apt)).toEqual([`moving_${ROUNDS}_amd64.deb`]);
      expect(failuresOf(await apt.update())).toEqual([]);
      expect(failuresOf(await apt.download("moving"))).toEqual([]);
      expect(takeDebs(apt)).toEqual([`moving_${ROUNDS + 1}_amd64.deb`]);
    }
  });
});

/** A client that updates and downloads until it is stopped, and what it saw. */
function keepUsing(apt: AptClient) {
  let over = false;
  const failures: string[] = [];
  const versions = new Set<string>();
  const use = async () => {
    while (!over) {
      failures.push(...failuresOf(await apt.update()));
      failures.push(...failuresOf(await apt.download("moving", "same")));
      for (const name of takeDebs(apt)) versions.add(name);
      await delay(PAUSE);
    }
  };
  const stop = () => {
    over = true;
  };
  return { failures, versions, stop, done: use() };
}

function failuresOf({ exitCode, warnings, errors, stderr }: AptResult): string[] {
  const isFine = exitCode === 0 && warnings.length === 0 && errors.length === 0;
  return isFine ? [] : [`${exitCode}: ${stderr}`];
}

/** The names of what was downloaded, which is then forgotten. */
function takeDebs({ archives }: AptClient): string[] {
  const names = readdirSync(archives).filter((name) => name.endsWith(".deb"));
  for (const name of names) rmSync(join(archives, name));
  return names.sort();
}
