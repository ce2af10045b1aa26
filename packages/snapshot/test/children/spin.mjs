import { readFileSync, statSync } from "node:fs";

// Looks at both pointers without rest until its input ends, and tells what it saw.
const [, , pointers] = process.argv;
const failures = {};
let looks = 0;
let switches = 0;
let before = "";
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
      const text = readFileSync(`${pointers}/latest/index.html`, "utf8");
      if (text !== before) switches += 1;
      before = text;
      statSync(`${pointers}/.latest.previous/index.html`);
    } catch (error) {
      failures[error.code] = (failures[error.code] ?? 0) + 1;
    }
  }
  if (ended) console.log(JSON.stringify({ looks, switches, failures }));
  else setImmediate(look);
}
console.log("ready");
look();
