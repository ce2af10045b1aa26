import fc from "fast-check";
import { expect, it } from "vitest";
import { NameIndex } from "../src/name-index.js";

it("tells every directory of a name, and none where it was not added", () => {
  const directory = fc.record({
    path: fc.stringMatching(/^[a-c](\/[a-c]){0,2}$/),
    names: fc.array(fc.string({ unit: "grapheme", minLength: 1 })),
  });
  fc.assert(
    fc.property(fc.array(directory), fc.string({ minLength: 40 }), (directories, other) => {
      const index = new NameIndex();
      for (const { path, names } of directories) expect(index.add(path, names)).toBe(true);
      index.close();
      for (const name of directories.flatMap(({ names }) => names)) {
        const holding = directories.filter(({ names }) => names.includes(name));
        const told = new Set(index.directoriesOf(name));
        for (const { path } of holding) expect(told).toContain(path);
      }
      expect([...index.directoriesOf(other)]).toEqual([]);
    }),
  );
});

it("finds names among millions within seconds, in some bytes each", () => {
  const index = new NameIndex();
  const before = process.memoryUsage().arrayBuffers;
  for (let directory = 0; directory < 30_000; directory += 1) {
    const names = Array.from({ length: 100 }, (_, at) => `name-${directory}-${at}_1.0_amd64.deb`);
    index.add(`pool/${directory}`, names);
  }
  index.close();
  expect(index.size).toBe(3_000_000);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 * 2 ** 20);
  for (let directory = 0; directory < 30_000; directory += 100)
    expect([...index.directoriesOf(`name-${directory}-99_1.0_amd64.deb`)]).toContain(
      `pool/${directory}`,
    );
});

it("takes no more than it has room for, and says so", () => {
  const index = new NameIndex(3);
  expect(index.add("a", ["1", "2"])).toBe(true);
  expect(index.add("b", ["3", "4"])).toBe(false);
  expect(index.size).toBe(3);
  expect([...index.close().directoriesOf("3")]).toEqual(["b"]);
  expect([...index.directoriesOf("4")]).toEqual([]);
});
