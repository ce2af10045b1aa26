import { openStore } from "../../dist/index.js";

// Mends every file of every tree with the file of its name in a directory, and says when it begins.
const [, , dir, good] = process.argv;
const site = openStore({ dir }).collection("site");
console.log("ready");
for (const tree of site.everyTree())
  for (const file of tree.files()) site.mendFile(tree, file, `${good}/${file.path}`);
