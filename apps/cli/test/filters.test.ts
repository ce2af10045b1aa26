import { describe, expect, test } from "vitest";
import { openWorkshop } from "./workshop.js";

const FILTERS = `filters = { keep_versions = 1, exclude_patterns = ["-dbg$"], sections = ["misc"] }`;

const version = (name: string, number: string, section = "misc") => ({
  package: name,
  version: number,
  fields: { Section: section },
});
const PACKAGES = [
  ...["1", "2", "3"].map((number) => version("hello", number)),
  version("hello-dbg", "3"),
  version("game", "1", "games"),
];
const COUNTS = {
  listed: 5,
  stay: 1,
  added: 0,
  leftOut: { keepVersions: 2, excludePatterns: 1, sections: 1 },
  unsatisfied: 0,
};
const SENTENCE =
  "1 of 5 packages stay (2 older than keep_versions keeps, 1 excluded by exclude_patterns, 1 not in sections)";

async function openFiltered() {
  const workshop = await openWorkshop([], { demo: FILTERS });
  await workshop.repository.publish({ suites: { stable: { packages: PACKAGES } } });
  return workshop;
}

describe("how many packages each filter leaves out", () => {
  test("a dry run says before anything is there", async () => {
    const workshop = await openFiltered();
    const { document } = await workshop.succeed("sync", "--dry-run");
    expect(document.mirrors[0].filters).toMatchObject(COUNTS);
    const { stdout } = await workshop.run("sync", "--dry-run");
    expect(stdout).toContain(`  Filters:        ${SENTENCE}\n`);
  });

  test("status says of every tree that is shown, by what it was made with", async () => {
    const workshop = await openFiltered();
    await workshop.succeed("sync");
    await workshop.succeed("snapshot", "create", "demo", "s1");
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    await workshop.configure({ demo: `filters = { exclude_patterns = ["^hello"] }` });
    await workshop.succeed("sync");
    const { document } = await workshop.succeed("status");
    expect(document.mirrors[0].pointers).toMatchObject([
      { role: "latest", filters: { stay: 1, leftOut: { excludePatterns: 4 } } },
      { role: "staging" },
      { role: "production", filters: COUNTS },
    ]);
    expect(document.mirrors[0].pointers[1]).not.toHaveProperty("filters");
    const { stdout } = await workshop.run("status");
    expect(stdout).toContain("filters: 1 of 5 packages stay (4 excluded by exclude_patterns)\n");
    expect(stdout).toContain(`filters: ${SENTENCE}\n`);
    await workshop.configure({ demo: "" });
    await workshop.succeed("sync");
    expect((await workshop.run("status")).stdout).not.toContain("4 excluded");
  });
});

describe("explain", () => {
  test("names every version that is listed, and what left upstream and is carried along", async () => {
    const workshop = await openFiltered();
    const others = ["some", "more", "still-more"].map((name) => version(name, "1"));
    await workshop.repository.publish({ suites: { stable: { add: others } } });
    await workshop.succeed("sync");
    const packages = [version("hello", "3"), version("hello", "4"), ...others];
    await workshop.repository.publish({ suites: { stable: { packages } } });
    await workshop.succeed("sync");
    const { stdout } = await workshop.run("explain", "demo", "hello");
    const carried = /its file is carried until the first new tree after \d{4}-\d\d-\d\dT[\d:]+Z$/;
    const lines = stdout.split("\n").filter((line) => /^(in|out) /.test(line));
    expect(lines[0]).toMatch(/^out {2}3 +amd64 .*older than keep_versions keeps; /);
    expect(lines[0]).toMatch(carried);
    expect(lines[1]).toMatch(/^in {3}4 +amd64 .*nothing excludes it$/);
    await workshop.repository.publish({ suites: { stable: { packages: others } } });
    await workshop.succeed("sync");
    const gone = (await workshop.run("explain", "demo", "hello")).stdout;
    expect(gone).toContain("no index of this mirror lists it\n");
    expect(gone).toMatch(/^out {2}4 +amd64 +left upstream \d{4}-[-\dT:]+Z; its file is carried /m);
    const unheard = (await workshop.run("explain", "demo", "unheard-of")).stdout;
    expect(unheard.split("\n").slice(1)).toEqual(["no index of this mirror lists it", ""]);
  });
});
