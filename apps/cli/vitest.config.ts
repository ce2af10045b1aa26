import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "cli",
    include: ["test/**/*.test.ts"],
    // Most of the time goes into programs that are waited for: two files keep two cores busy.
    maxWorkers: 2,
    // A machine that runs every suite at once is slow, not wrong.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
