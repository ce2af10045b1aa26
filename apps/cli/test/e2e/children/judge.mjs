// Judges everything that a mirror shows: node judge.mjs KEYRING DIRECTORY SNAPSHOTS, the directory of
// its pointers and that of its snapshots. Prints, by the name of what is shown, what is wrong with it.
import { existsSync, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { judgeMirror } from "@mirror/testkit";

const [keyring, directory, snapshots] = process.argv.slice(2);
const namesIn = (path) => (existsSync(path) ? readdirSync(path) : []);
const isPointer = (path) =>
  lstatSync(path).isSymbolicLink() && readlinkSync(path).includes(".mirrorctl/");

const shown = [
  ...namesIn(directory)
    .filter((name) => isPointer(join(directory, name)) && name !== "snapshots")
    .map((name) => join(directory, name)),
  ...namesIn(snapshots)
    .filter((name) => !name.startsWith("."))
    .map((name) => join(snapshots, name)),
];
const verdicts = {};
for (const path of shown) {
  const { violations } = await judgeMirror(path, {
    keyring,
    suites: ["stable"],
    components: ["main"],
    architectures: ["amd64"],
  });
  verdicts[path] = violations;
}
console.log(JSON.stringify(verdicts));
