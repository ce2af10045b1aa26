import { readFileSync } from "node:fs";

// Reads files without rest until its input ends, and tells what it found: sizes, or why it could not.
const paths = process.argv.slice(2);
const found = {};
let ended = false;
process.stdin.on("end", () => {
  ended = true;
});
process.stdin.resume();

function look() {
  const until = performance.now() + 5;
  for (let at = 0; performance.now() < until; at += 1) {
    let seen;
    try {
      seen = readFileSync(paths[at % paths.length]).length;
    } catch (error) {
      seen = error.code;
    }
    found[seen] = (found[seen] ?? 0) + 1;
  }
  if (ended) console.log(JSON.stringify(found));
  else setTimeout(look, 1);
}
console.log("ready");
look();
