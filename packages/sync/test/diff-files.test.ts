import { describe, expect, it } from "vitest";
import { diffFiles } from "../src/index.js";

const files = (...paths: string[]) => paths.map((path) => ({ path }));

describe("a diff by the names of files", () => {
  it("says what was upgraded, added and removed, by component and architecture", () => {
    const before = files(
      "dists/noble/InRelease",
      "pool/main/h/hello/hello_1.0_amd64.deb",
      "pool/main/g/gone/gone_2_all.deb",
      "pool/universe/x/x/x_1%3a3_amd64.deb",
    );
    const after = files(
      "pool/main/h/hello/hello_1.0+b1_amd64.deb",
      "pool/main/n/new/new_1~rc1-1_amd64.deb",
      "pool/universe/x/x/x_1%3a3_amd64.deb",
    );
    const { groups } = diffFiles(before, after);
    const said = groups.map(({ component, architecture, trees, ...changes }) => ({
      label: `${component} ${architecture} ${trees}`,
      upgraded: changes.upgraded.map(({ name, from, to }) => `${name} ${from} ${to}`),
      added: changes.added.map(({ name, version }) => `${name} ${version}`),
      removed: changes.removed.map(({ name, version }) => `${name} ${version}`),
    }));
    expect(said).toEqual([
      { label: "main all before", upgraded: [], added: [], removed: ["gone 2"] },
      {
        label: "main amd64 both",
        upgraded: ["hello 1.0 1.0+b1"],
        added: ["new 1~rc1-1"],
        removed: [],
      },
      { label: "universe amd64 both", upgraded: [], added: [], removed: [] },
    ]);
  });

  it("takes flat repositories and passes over what is no package", () => {
    const { groups } = diffFiles(
      files("a_1_amd64.deb", "Packages", "x_y.deb"),
      files("a_2_amd64.deb"),
    );
    expect(groups).toMatchObject([
      { component: "", architecture: "amd64", upgraded: [{ from: "1", to: "2" }] },
    ]);
  });
});
