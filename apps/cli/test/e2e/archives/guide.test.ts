import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { guideMirrors } from "./guide.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));

test("every mirror of the guide is carried out on an imitation", () => {
  const tests = readdirSync(HERE).filter((name) => name.endsWith(".test.ts"));
  const text = tests.map((name) => readFileSync(HERE + name, "utf8")).join("");
  const ids = [...guideMirrors().keys()];
  expect(ids.length).toBeGreaterThan(10);
  const opened = (id: string) => new RegExp(`open(Imitation|Service)\\(test, "${id}"`).test(text);
  expect(ids.filter((id) => !opened(id))).toEqual([]);
  expect(text.match(/configureAsGuided\(/g)?.length).toBeGreaterThanOrEqual(ids.length);
});
