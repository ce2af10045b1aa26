import { openStore } from "@mirror/snapshot";
import { temporaryDirectory } from "@mirror/testkit";
import { expect, it, onTestFinished } from "vitest";
import { noteSuspects, readSuspects } from "../src/suspects.js";

it("forgets no suspected content but those that were mended, however many there are", async () => {
  const place = await temporaryDirectory();
  onTestFinished(() => place.remove());
  const collection = openStore({ dir: place.path }).collection("demo");
  collection.prepare();
  const digests = Array.from({ length: 150_000 }, (_, at) => at.toString(16).padStart(64, "0"));
  noteSuspects(collection, { found: new Set(digests), mended: new Set() });
  const noted = readSuspects(collection);
  expect(digests.every((digest) => noted.has(digest))).toBe(true);
  noteSuspects(collection, { found: new Set(), mended: new Set(digests.slice(0, -1)) });
  expect([...readSuspects(collection)]).toEqual(digests.slice(-1));
});
