import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "fetch",
    include: ["test/**/*.test.ts"],
    // A machine that runs every suite at once is slow, not wrong.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
