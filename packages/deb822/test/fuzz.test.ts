import { expect, test } from "vitest";
import * as library from "../src/index.js";
import { fuzz } from "./long/fuzz-library.mjs";

test("mutated control data ends in a value or a Deb822Error, and soon", async () => {
  const { inputs } = await fuzz(library, {
    milliseconds: 1500,
    seed: Date.now() % 1_000_000,
    patience: 10_000,
  });
  expect(inputs).toBeGreaterThan(10);
}, 30_000);
