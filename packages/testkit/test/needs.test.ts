import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeNeeds, findTool, needs, runTool, toolReason } from "../src/index.js";

describe("a test that needs a program", () => {
  const before = process.env.CI;
  beforeEach(() => {
    delete process.env.CI;
  });
  afterEach(() => {
    if (before === undefined) {
      delete process.env.CI;
    } else {
      process.env.CI = before;
    }
  });

  const record = () => {
    const calls: string[] = [];
    const add = (kind: string) => (name: string, _body: () => void) =>
      calls.push(`${kind}: ${name}`);
    return { calls, describe: Object.assign(add("run"), { skip: add("skip") }) };
  };

  it("runs where the program is", () => {
    const { calls, describe } = record();
    describeNeeds(describe, ["sh"], "title", () => {});
    expect(calls).toEqual(["run: title"]);
    expect(toolReason("sh")).toBeUndefined();
    expect(findTool("sh")).toMatch(/^\/.*\/sh$/);
  });

  it("is skipped with its reason where the program is missing", () => {
    const { calls, describe } = record();
    describeNeeds(describe, ["sh", "no-such-program"], "title", () => {});
    expect(calls).toEqual(["skip: title (skipped: needs no-such-program)"]);
    expect(needs("no-such-program")).toBe(false);
  });

  it("fails in CI where the program is missing", () => {
    process.env.CI = "true";
    expect(() => toolReason("no-such-program")).toThrow("no-such-program");
    expect(() => needs("no-such-program")).toThrow();
  });

  it("learns a program's status, output and that it is missing", async () => {
    const result = await runTool("sh", ["-c", "cat; echo err >&2; exit 7"], { input: "in" });
    expect(result).toEqual({ exitCode: 7, stdout: Buffer.from("in"), stderr: "err\n" });
    await expect(runTool("no-such-program", [])).rejects.toMatchObject({
      code: "ERR_TESTKIT_MISSING_TOOL",
      tool: "no-such-program",
    });
  });
});
