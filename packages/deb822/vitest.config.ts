import { defineConfig } from "vitest/config";

export default defineConfig({ test: { name: "deb822", include: ["test/**/*.test.ts"] } });
