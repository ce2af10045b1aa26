import { describe, expect, test } from "vitest";
import { judgeDurability } from "./durability.js";
import type { Step } from "./killable.js";

const D = "/w/mirrors/.mirrorctl/trees/demo";
const P = "/w/mirrors/demo";
const SEALED = `${D}/g0`;

/** Calls one after the other: `call path to`. */
function trace(...calls: readonly string[]): Step[] {
  return calls.flatMap((text, index): Step[] => {
    const [call = "", path = "", to = ""] = text.split(" ");
    const number = index + 1;
    return [
      { at: "begin", number, call, path, to },
      { at: "end", number, result: 0 },
    ];
  });
}

const judge = (...calls: readonly string[]) =>
  judgeDurability(trace(...calls), (path) => path === SEALED);

const BUILD = [
  `open ${D}/.g1.unsealed`,
  `mkdir ${D}/g1`,
  `write /w/mirrors/.mirrorctl/partial/demo/x`,
  `rename /w/mirrors/.mirrorctl/partial/demo/x ${D}/g1/a`,
  `syncfs ${D}/g1`,
  `write ${D}/.g1.unsealed`,
  `fsync ${D}/.g1.unsealed`,
  `rename ${D}/.g1.unsealed ${D}/.g1.manifest`,
  `fsync ${D}`,
];
const MOVE = [
  `symlink ${P}/.1.tmp ../.mirrorctl/trees/demo/g1`,
  `rename ${P}/.1.tmp ${P}/latest`,
  `fsync ${P}`,
];
const REMOVE = [
  `rename ${D}/.g0.manifest ${D}/.g0.unsealed`,
  `fsync ${D}`,
  `unlink ${D}/g0/a`,
  `rmdir ${D}/g0`,
];
const without = (calls: readonly string[], ...left: readonly string[]) =>
  calls.filter((call) => !left.includes(call));

describe("a trace that would outlast a power cut", () => {
  test("breaks no rule, and puts each to the test", () => {
    expect(judge(...BUILD, ...MOVE, ...REMOVE)).toEqual({
      violations: [],
      seals: 1,
      pointers: 1,
      records: 0,
      removals: 1,
    });
  });

  test("may have a file's bytes on disk by one syncfs of all", () => {
    const snapshot = "/w/snapshots/demo";
    const calls = [
      `write ${snapshot}/.s.unsealed`,
      `link ${SEALED}/a ${snapshot}/.s.part/a`,
      `syncfs ${snapshot}/.s.part`,
      `rename ${snapshot}/.s.unsealed ${snapshot}/.s.manifest`,
      `fsync ${snapshot}`,
      `rename ${snapshot}/.s.part ${snapshot}/s`,
      `fsync ${snapshot}`,
    ];
    expect(judge(...calls)).toMatchObject({ violations: [], seals: 1 });
    expect(judge(...without(calls, `syncfs ${snapshot}/.s.part`)).violations).toHaveLength(2);
  });
});

describe("a trace of a snapshot that takes another's place", () => {
  const snapshot = "/w/snapshots/demo";
  const calls = [
    `write ${snapshot}/.s.unsealed`,
    `link ${SEALED}/a ${snapshot}/.s.part/a`,
    `syncfs ${snapshot}/.s.part`,
    `rename ${snapshot}/.s.manifest ${snapshot}/.s.replaced`,
    `fsync ${snapshot}`,
    `rename ${snapshot}/s ${snapshot}/.s.old`,
    `rename ${snapshot}/.s.part ${snapshot}/s`,
    `fsync ${snapshot}`,
    `rename ${snapshot}/.s.unsealed ${snapshot}/.s.manifest`,
    `fsync ${snapshot}`,
  ];

  test("breaks no rule where what was brought to the disk is moved there", () => {
    expect(judge(...calls)).toMatchObject({ violations: [], seals: 1 });
  });

  test("breaks one where the place has no name on disk, or holds what came later", () => {
    const named = calls.slice(0, 7).concat(calls.slice(8));
    expect(judge(...named).violations).toHaveLength(2);
    const late = [...calls.slice(0, 8), `write ${snapshot}/s/b`, ...calls.slice(8)];
    expect(judge(...late).violations).not.toEqual([]);
    expect(judge(...without(calls, `syncfs ${snapshot}/.s.part`)).violations).toHaveLength(2);
  });
});

describe("a trace breaks a rule", () => {
  test.each([
    ["without a syncfs of the tree", without(BUILD, `syncfs ${D}/g1`)],
    [
      "with a file that comes after the syncfs",
      [...BUILD.slice(0, 5), `open ${D}/g1/b`, ...BUILD.slice(5)],
    ],
    [
      "with bytes of a manifest that nobody brought to the disk",
      without(BUILD, `fsync ${D}/.g1.unsealed`),
    ],
    ["without an fsync after a manifest is named", without([...BUILD, ...MOVE], `fsync ${D}`)],
    [
      "without an fsync after a pointer moved",
      [...BUILD, ...without(MOVE, `fsync ${P}`), ...REMOVE],
    ],
    ["with a pointer to what is not sealed", MOVE],
    ["with a file that goes from a sealed tree", without(REMOVE, ...REMOVE.slice(0, 2))],
    ["without an fsync before the first file goes", without(REMOVE, `fsync ${D}`)],
    [
      "with a line of the history that is not brought to the disk",
      [`write ${P}/history.jsonl`, `open ${P}/else`],
    ],
  ])("%s", (_, calls) => {
    expect(judge(...calls).violations).not.toEqual([]);
  });

  test("with a syncfs that began before the last write was over", () => {
    const steps = trace(...BUILD);
    const write = steps.findIndex((step) => step.at === "end" && step.number === 4);
    const begun = steps.findIndex((step) => step.at === "begin" && step.number === 5);
    const [late] = steps.splice(write, 1);
    if (late !== undefined) steps.splice(begun, 0, late);
    expect(judgeDurability(steps, () => false).violations).toHaveLength(1);
  });
});
