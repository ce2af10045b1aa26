// npm run crash-sweep: kills the command before every step that it takes on the file system; hours.
import { build, install, pnpm } from "./workspace.mjs";

await install();
await build();
process.exit(await pnpm("--filter", "mirrorctl", "run", "crash-sweep"));
