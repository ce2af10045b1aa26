import { readdirSync, readFileSync } from "node:fs";

// Reads all of what one pointer shows, without rest until its input ends, and tells what it saw.
const [, , pointer] = process.argv;
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
      for (const entry of readdirSync(pointer, { recursive: true, withFileTypes: true }))
        if (entry.isFile() && readFileSync(`${entry.parentPath}/${entry.name}`).length !== 2)
          throw Object.assign(new Error(entry.name), { code: "wrong" });
      const files = readdirSync(pointer).sort().join();
      if (files !== "css,index.html") throw Object.assign(new Error(files), { code: "incomplete" });
    } catch (error) {
      failures[error.code] = (failures[error.code] ?? 0) + 1;
    }
  }
  if (ended) console.log(JSON.stringify({ looks, failures }));
  else setImmediate(look);
}
console.log("ready");
look();
