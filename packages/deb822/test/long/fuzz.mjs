// node test/long/fuzz.mjs [seconds] [seed]: mutated control data for every entry point of the build
import * as library from "../../dist/index.js";
import { fuzz } from "./fuzz-library.mjs";

const seconds = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const { inputs, calls } = await fuzz(library, { milliseconds: seconds * 1000, seed });
const peak = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(`seed ${seed}: ${inputs} inputs, ${calls} calls, peak RSS ${peak} MiB`);
if (peak > 250) process.exitCode = 1;
