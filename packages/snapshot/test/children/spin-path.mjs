import { statSync } from "node:fs";

// Looks at one path without rest until its input ends, and tells how often nothing was there.
const [, , path] = process.argv;
const failures = {};
let looks = 0;
let ended = false;
process.stdin.on("end", () => {
  ended = true;
});
process.stdin.resume();

function look() {
  const until = performance.now() + 5;
  while (performance.now() < until) {
    looks += 1;
    try {
      statSync(path);
    } catch (error) {
      failures[error.code] = (failures[error.code] ?? 0) + 1;
    }
  }
  if (ended) console.log(JSON.stringify({ looks, failures }));
  else setImmediate(look);
}
console.log("ready");
look();
