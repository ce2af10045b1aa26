import { openStore } from "../../dist/index.js";

// Does one kind of work on named snapshots over and over until it is killed; speaks when it begins.
const [, , dir, work, round, external] = process.argv;
const store = openStore({ dir, pointers: [external] });
const site = store.collection("site");
await site.lock("store", { command: work, since: new Date() });
const note = { by: { user: "test", host: "here" }, command: work };
const keep = ({ path }) => path === "index.html";
const trees = site.trees();
const treeAt = (count) => trees[count % trees.length];

const works = {
  create: (count) =>
    site.createSnapshot({ name: `r${round}-${count}`, created: new Date(), tree: treeAt(count) }),

  replace: (count) =>
    site.createSnapshot({
      name: "replaced",
      created: new Date(),
      tree: treeAt(count + Number(round)),
      replace: true,
    }),

  async move(count) {
    const snapshots = site.snapshots();
    const tree = snapshots[count % snapshots.length];
    for (const pointer of ["current", external])
      site.move(pointer, tree, {
        ...note,
        at: new Date(),
        kind: count % 3 === 2 ? "rollback" : "promote",
        withdraw: count % 3 === 2,
      });
  },

  async remove(count) {
    const name = `x${round}-${count}`;
    const tree = await site.createSnapshot({ name, created: new Date(), tree: treeAt(count) });
    if (count % 2 === 1) site.protect(name, { ...note, at: new Date() });
    if (count % 3 === 0) site.swap("doomed", tree);
    site.removeSnapshot(name, { force: true, keep });
  },
};

console.log("begun");
for (let count = 0; ; count += 1) await works[work](count);
