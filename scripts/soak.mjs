// npm run soak: syncs a mirror hundreds of times while everything goes wrong; a quarter of an hour.
import { build, install, pnpm } from "./workspace.mjs";

await install();
await build();
process.exit(await pnpm("--filter", "mirrorctl", "run", "soak"));
