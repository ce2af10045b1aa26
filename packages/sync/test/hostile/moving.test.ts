import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  createKey,
  createRepository,
  serve,
  type TemporaryDirectory,
  type TestKey,
  type TestRepository,
  type TestServer,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { codeOf, Target } from "./target.js";

let directory: TemporaryDirectory;
let key: TestKey;
let repository: TestRepository;
let server: TestServer;
let names = 0;

const versions = (version: string) => ["a", "b"].map((name) => ({ package: name, version }));

beforeAll(async () => {
  key = await createKey();
});

async function open(byHash: boolean): Promise<void> {
  directory = await temporaryDirectory("hostile-");
  repository = await createRepository(join(directory.path, "upstream"), {
    key,
    suites: [{ suite: "stable", byHash, compressions: ["", "gz"], packages: versions("1") }],
  });
  server = await serve(repository.directory);
}

afterEach(async () => {
  await server.close();
  await directory.remove();
});

function mirror(): Target {
  names += 1;
  const dir = join(directory.path, `store${names}`);
  return new Target({ dir, urls: [server.url], keyring: key.binaryPublic });
}

/** A sync of an upstream that moves: whole and authentic, or refused with all as it was. */
async function wholeOrNothing(target: Target): Promise<boolean> {
  const before = await target.published();
  const outcome = await target.sync().then(
    () => "whole",
    (error: unknown) => codeOf(error),
  );
  if (outcome === "whole") {
    expect(await target.judge()).toEqual([]);
    return true;
  }
  expect(outcome).toMatch(/^ERR_(SYNC|FETCH|VERIFY)_/);
  expect(await target.published()).toEqual(before);
  return false;
}

describe.each([true, false])("an upstream that publishes in mid-sync, by-hash %s", (byHash) => {
  beforeEach(() => open(byHash));

  it.each(["cold", "warm"])("leaves a %s mirror whole, and the next run heals", async (state) => {
    for (const request of [1, 2, 3, 5, 7, 10]) {
      const target = mirror();
      if (state === "warm") await target.accepts();
      await repository.publish({ suites: { stable: { packages: versions(`2.${names}`) } } });
      const next = versions(`3.${names}`);
      const before = () => repository.publish({ suites: { stable: { packages: next } } });
      server.fault(/./, { kind: "swap", before }, request);
      await wholeOrNothing(target);
      server.clear();
      await target.accepts();
      const held = readFileSync(
        join(target.latest, "dists/stable/main/binary-amd64/Packages"),
        "utf8",
      );
      const served = repository.suitePath("stable", "main/binary-amd64/Packages");
      expect(held).toBe(readFileSync(served, "utf8"));
    }
  });

  it("again and again, never leaves a mixture", async () => {
    const target = mirror();
    let round = 0;
    let publishing = Promise.resolve();
    const next = () => {
      round += 1;
      return repository.publish({ suites: { stable: { packages: versions(`4.${round}`) } } });
    };
    const before = () => {
      publishing = publishing.then(next);
      return publishing;
    };
    server.fault(/Packages|by-hash|\.deb$/, { kind: "swap", before });
    await wholeOrNothing(target);
    server.clear();
    await target.accepts();
  });
});

describe("an upstream of two servers that disagree", () => {
  it.each([1, 2, 3])("is whole or refused, whichever answers: one in %i", async (every) => {
    await open(true);
    const other = join(directory.path, "other");
    mkdirSync(other);
    cpSync(repository.directory, other, { recursive: true, preserveTimestamps: true });
    await repository.publish({ suites: { stable: { packages: versions("2") } } });
    let asked = 0;
    server.fault(
      () => {
        asked += 1;
        return asked % (every + 1) === 0;
      },
      {
        kind: "respond",
        respond: (request, response) => {
          try {
            const body = readFileSync(join(other, decodeURIComponent(request.url ?? "/")));
            response.writeHead(200, { "Content-Length": String(body.length) }).end(body);
          } catch {
            response.writeHead(404, { "Content-Length": "0" }).end();
          }
        },
      },
    );
    const target = mirror();
    for (let run = 0; run < 4; run += 1) await wholeOrNothing(target);
    server.clear();
    await target.accepts();
  });
});
