import { expect, it } from "vitest";
import { Pieces } from "../src/pieces.js";

it("keeps the bytes in their order, and few pieces however small the chunks are", () => {
  const pieces = new Pieces();
  const expected: number[] = [];
  for (let n = 0; n < 100_000; n++) {
    pieces.push(Uint8Array.of(n));
    expected.push(n & 255);
  }
  expect(pieces.bytes).toBe(100_000);
  const all = pieces.take();
  expect(all.length).toBeLessThan(1000);
  expect(Buffer.concat(all).equals(Buffer.from(expected))).toBe(true);
  expect(pieces.bytes).toBe(0);
  expect(pieces.take()).toEqual([]);
});

it("does not copy large chunks", () => {
  const pieces = new Pieces();
  const chunks = Array.from({ length: 200 }, () => new Uint8Array(8192));
  for (const chunk of chunks) {
    pieces.push(chunk);
  }
  expect(pieces.take().every((piece, n) => piece === chunks[n])).toBe(true);
});
