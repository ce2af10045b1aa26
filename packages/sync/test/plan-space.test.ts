import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planDeletion, planSpace } from "../src/plan-space.js";
import { planContentSpace, planTreeSpace, rewrittenSizes } from "../src/plan-tree-space.js";

const BLOCK = 4096;
const NONE = { bytes: 0, inodes: 0 };
const free = (bytes: number, more: { reserve?: number; claimed?: typeof NONE } = {}) => ({
  bytes,
  inodes: 100,
  reserve: 0,
  claimed: NONE,
  ...more,
});

describe("what is needed", () => {
  it("of contents is what is not here yet, in blocks, and an inode for what has not begun", () => {
    const contents = [
      { size: 10_000, here: 0 },
      { size: 10_000, here: 5000 },
      { size: 10_000, here: 10_000 },
      { size: 0, here: 0 },
    ];
    expect(planContentSpace(contents)).toEqual({ bytes: (3 + 1) * BLOCK, inodes: 2 });
  });

  it("of a partial that is larger than what it is of is nothing", () => {
    expect(planContentSpace([{ size: 1, here: 99_999 }])).toEqual(NONE);
  });

  it("of a tree is its directories, its manifest and its own files besides", () => {
    const paths = ["dists/stable/InRelease", "pool/a/a_1.deb", "pool/a/a_2.deb", "pool/b/b_1.deb"];
    const space = planTreeSpace({ paths, contents: [], written: [1000] });
    // dists, dists/stable, pool, pool/a, pool/b and the tree itself; InRelease and the manifest.
    expect(space).toEqual({ bytes: 6 * BLOCK + 2 * BLOCK, inodes: 8 });
  });

  it("of a tree that has some of its files already is the directories of the others alone", () => {
    const made = ["pool/a/a_1.deb", "pool/a/a_2.deb"];
    const paths = ["dists/stable/InRelease", ...made, "pool/b/b_1.deb"];
    const space = planTreeSpace({ paths, made, contents: [], written: [] });
    // dists, dists/stable and pool/b; the manifest.
    expect(space).toEqual({ bytes: 3 * BLOCK + BLOCK, inodes: 4 });
  });

  it("of a rewritten index goes by its text, else by its largest form", () => {
    const variants = [{ variant: { file: { size: 500 } } }, { variant: { file: { size: 1000 } } }];
    expect(rewrittenSizes({ target: { plain: { size: 100_000 } }, variants })[0]).toBe(100_000);
    expect(rewrittenSizes({ target: { plain: undefined }, variants })[0]).toBe(6000);
  });
});

describe("a plan", () => {
  it("fits where what is to stay free, and what others take, is left", () => {
    const room = free(1000, { reserve: 300, claimed: { bytes: 200, inodes: 40 } });
    expect(planSpace({ bytes: 500, inodes: 60 }, room).short).toBeUndefined();
    expect(planSpace({ bytes: 501, inodes: 60 }, room).short).toEqual({ bytes: 1, inodes: 0 });
    expect(planSpace({ bytes: 500, inodes: 62 }, room).short).toEqual({ bytes: 0, inodes: 2 });
  });

  it("that writes nothing fits on a disk with less free than is to stay so", () => {
    expect(planSpace(NONE, free(100, { reserve: 300 })).short).toBeUndefined();
    expect(planSpace({ bytes: 1, inodes: 0 }, free(100, { reserve: 300 })).short).toEqual({
      bytes: 201,
      inodes: 0,
    });
  });

  it("has no limit where the file system has none", () => {
    const room = { ...free(1000), inodes: Number.POSITIVE_INFINITY };
    expect(planSpace({ bytes: 1, inodes: 1e9 }, room).short).toBeUndefined();
  });

  it("that is short by so much fits with so much more", () => {
    const amount = fc.nat(1e6);
    const space = fc.record({ bytes: amount, inodes: amount });
    fc.assert(
      fc.property(space, space, amount, space, (needed, room, reserve, claimed) => {
        const { short = NONE } = planSpace(needed, { ...room, reserve, claimed });
        const more = { bytes: room.bytes + short.bytes, inodes: room.inodes + short.inodes };
        expect(planSpace(needed, { ...more, reserve, claimed }).short).toBeUndefined();
        if (short.bytes > 0)
          expect(
            planSpace(needed, { ...more, bytes: more.bytes - 1, reserve, claimed }).short,
          ).toEqual({ bytes: 1, inodes: 0 });
      }),
    );
  });
});

describe("a deletion", () => {
  const snapshots = [
    { name: "a", bytes: 10, inodes: 5 },
    { name: "b", bytes: 30, inodes: 1 },
    { name: "c", bytes: 20, inodes: 9 },
    { name: "d", bytes: 0, inodes: 3 },
  ];

  it("takes what frees most first, and as few as are enough", () => {
    const { snapshots: most, enough } = planDeletion(snapshots, { bytes: 45, inodes: 0 });
    expect(most.map(({ name }) => name)).toEqual(["b", "c", "a"]);
    expect(enough).toBe(2);
  });

  it("goes by inodes where only these lack", () => {
    const { snapshots: most, enough } = planDeletion(snapshots, { bytes: 0, inodes: 9 });
    expect(most.map(({ name }) => name)).toEqual(["c", "a", "d", "b"]);
    expect(enough).toBe(1);
  });

  it("counts both where both lack", () => {
    expect(planDeletion(snapshots, { bytes: 30, inodes: 10 }).enough).toBe(2);
  });

  it("names five at most, and says that they are not enough", () => {
    const many = Array.from({ length: 9 }, (_, n) => ({ name: `s${n}`, bytes: 10, inodes: 1 }));
    const { snapshots: most, enough } = planDeletion(many, { bytes: 60, inodes: 0 });
    expect(most).toHaveLength(5);
    expect(enough).toBeUndefined();
  });

  it("of none is none", () => {
    expect(planDeletion([], { bytes: 1, inodes: 0 })).toEqual({ snapshots: [] });
  });
});
