// node test/long/versions.mjs [pairs] [seed]: compareVersions of the build against dpkg
import { compareVersions } from "../../dist/index.js";
import { disagreements, versionPairs } from "./version-pairs.mjs";

const pairs = versionPairs(Number(process.argv[2] ?? 20_000), Number(process.argv[3] ?? 822));
const wrong = disagreements(pairs, compareVersions);
console.log(`${pairs.length} pairs, ${wrong.length} of which dpkg denies`);
for (const claim of wrong.slice(0, 20)) console.log(claim);
if (wrong.length > 0) process.exitCode = 1;
