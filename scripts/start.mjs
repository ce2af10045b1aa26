// npm start [-- ARGUMENTS]: installs and builds as far as needed, then runs mirrorctl with the
// arguments, or without any the demonstration.
import { join } from "node:path";
import { build, install, ROOT, run } from "./workspace.mjs";

await install();
await build();

const args = process.argv.slice(2);
const program =
  args.length === 0
    ? [join(ROOT, "scripts", "demo.mjs")]
    : [join(ROOT, "apps", "cli", "dist", "bundle", "mirrorctl.mjs"), ...args];
// biome-ignore lint/suspicious/noUndeclaredEnvVars: npm says where it was started, no task reads it.
const startedIn = process.env.INIT_CWD ?? process.cwd();
// npm starts us in the checkout: paths in arguments are meant from where npm was started.
process.exit(await run(process.execPath, program, { cwd: startedIn }));
