import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";

const source = new URL("../dist/index.js", import.meta.url).href;

describe("importing the package", () => {
  it("does not load OpenPGP.js, reading a keyring does", () => {
    const hook = `export function resolve(specifier, context, next) {
      if (specifier === "openpgp") throw new Error("openpgp was loaded");
      return next(specifier, context);
    }`;
    const program = `
      import { register } from "node:module";
      register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hook)}));
      const { acceptUnverified, readKeyring } = await import(${JSON.stringify(source)});
      acceptUnverified(Buffer.from("a: b"), "plain");
      const caught = await readKeyring([]).catch((error) => error.message);
      console.log(caught);`;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", program]);
    expect(output.toString().trim()).toBe("openpgp was loaded");
  });
});
