import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import { createTurns } from "../src/turns.js";

it("lets so many work at a time, in their order, also where some fail", async () => {
  const turns = createTurns(3);
  const begun: number[] = [];
  let working = 0;
  let most = 0;
  const work = (number: number) =>
    turns.take(async () => {
      begun.push(number);
      working += 1;
      most = Math.max(most, working);
      await setTimeout(number % 3);
      working -= 1;
      if (number % 4 === 0) throw new Error(String(number));
      return number;
    });
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  const settled = await Promise.allSettled(numbers.map(work));
  expect(begun).toEqual(numbers);
  expect(most).toBe(3);
  expect(settled.filter(({ status }) => status === "rejected")).toHaveLength(5);
  expect(await work(1)).toBe(1);
});
