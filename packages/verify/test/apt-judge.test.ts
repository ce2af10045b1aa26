import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askApt } from "./apt.js";
import type { Case } from "./case.js";
import { makeCases } from "./cases.js";
import { needs, scratch } from "./tools.js";

const cases = await makeCases();
const apt = needs("apt-get", "gpgv");

describe.skipIf(!apt.met)(`apt-get as the judge${apt.note}`, () => {
  const directory = scratch();
  let accepted: ReadonlySet<Case>;
  beforeAll(() => {
    accepted = askApt(directory.path, cases);
  }, 120_000);
  afterAll(() => directory.remove());

  // Where this package is stricter by intent, or knows more than gpgv 2.2, apt is no judge.
  for (const one of cases.filter(({ strict, beyondGpgv }) => !strict && !beyondGpgv)) {
    const verb = one.expect === "accepted" ? "accepts" : "refuses";
    it(`${verb} as this package does: ${one.name}`, () => {
      expect(accepted.has(one)).toBe(one.expect === "accepted");
    });
  }
});
