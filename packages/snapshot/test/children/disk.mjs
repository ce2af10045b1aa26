import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { openStore } from "../../dist/index.js";

// Plays one scene of what a disk or a user can refuse, and tells the outcome as JSON.
const [, , scene, dir] = process.argv;
const store = openStore({ dir: `${dir}/store` });
const collection = store.collection("site");
const now = new Date();
const holder = { command: "disk", since: now };

async function publish(generation, files = { a: "a" }) {
  const builder = collection.newTree(generation);
  for (const [path, text] of Object.entries(files)) builder.write(path, Buffer.from(text), now);
  const tree = await builder.seal({ created: now, facts: null });
  collection.swap("latest", tree);
  return tree;
}

async function failureOf(action) {
  try {
    await action();
    return "no failure";
  } catch ({ code, found, message }) {
    return code === undefined ? message : [code, found];
  }
}

async function fillWith(write) {
  collection.prepare();
  await publish("g1");
  const builder = collection.newTree("g2");
  const failure = await failureOf(() => {
    for (let count = 0; count < 1000; count += 1) write(builder, count);
  });
  builder.discard();
  const latest = collection.latest().generation;
  const left = readdirSync(collection.paths.trees).sort();
  await publish("g2");
  return { failure, latest, left, after: collection.latest().generation };
}

const scenes = {
  fill: () => fillWith((builder, count) => builder.write(`d/${count}`, Buffer.alloc(100_000), now)),

  inodes: () => fillWith((builder, count) => builder.write(`d/${count}`, Buffer.alloc(1), now)),

  async sweep() {
    collection.prepare();
    (await collection.lock("sync", holder)).release();
    const bulk = { a: "a".repeat(300_000) };
    for (const generation of ["g1", "g2", "g3"]) await publish(generation, bulk);
    collection.sweep({ now, grace: 1000 });
    await publish("g4");
    await failureOf(() => writeFileSync(`${dir}/fill`, Buffer.alloc(4_000_000)));
    await collection.lock("sync", holder);
    const later = new Date(now.getTime() + 1000);
    const { removed, waiting } = collection.sweep({ now: later, grace: 1000 });
    return { removed, waiting, latest: collection.latest().generation };
  },

  async "read-only"() {
    collection.prepare();
    const tree = await publish("g1");
    const { path } = collection.newTree("g2");
    const half = { path: "b", bytes: Buffer.from("b") };
    const builder = collection.newTree("g3");
    execFileSync("sh", ["-c", `mount -o remount,bind,ro ${dir}`]);
    return {
      latest: collection.latest().generation,
      files: [...collection.latest().files()].map((file) => file.path),
      failures: [
        await failureOf(() => builder.write(half.path, half.bytes, now)),
        await failureOf(() => builder.discard()),
        await failureOf(() => collection.newTree("g4")),
        await failureOf(() => collection.swap("other", tree)),
        await failureOf(() => collection.checkSwap("other")),
        await failureOf(() => collection.writeState("seen", path)),
        await failureOf(() => collection.lock("sync", holder)),
        await failureOf(() => collection.prepare()),
      ],
    };
  },

  async "read-only-place"() {
    collection.prepare();
    const failures = {};
    for (const place of ["pointers", "trees"]) {
      const path = collection.paths[place];
      execFileSync("sh", [
        "-c",
        `mount --bind ${path} ${path} && mount -o remount,bind,ro ${path}`,
      ]);
      failures[place] = await failureOf(() => collection.prepare());
      execFileSync("umount", [path]);
    }
    collection.prepare();
    return failures;
  },

  async mounted() {
    collection.prepare();
    const tree = await publish("g1", { "pool/a": "a", b: "b", "old/c": "c" });
    const files = [...tree.files()];
    const builder = collection.newTree("g2");
    builder.write("new/x", Buffer.from("x"), now);
    // The same size and mtime, but on file systems of their own.
    for (const path of [`${tree.path}/pool`, `${builder.path}/new`])
      execFileSync("mount", ["-t", "tmpfs", "none", path]);
    const { mtime } = files.find((file) => file.path === "pool/a");
    writeFileSync(`${tree.path}/pool/a`, "a");
    utimesSync(`${tree.path}/pool/a`, mtime / 1000, mtime / 1000);
    utimesSync(`${tree.path}/old/c`, 1e13, 1e13);
    const failures = {};
    for (const file of files)
      failures[file.path] = await failureOf(() => builder.link(`${tree.path}/${file.path}`, file));
    const b = { ...files.find((file) => file.path === "b"), path: "new/b" };
    failures[b.path] = await failureOf(() => builder.link(`${tree.path}/b`, b));
    execFileSync("umount", [`${builder.path}/new`]);
    for (const path of ["pool/a", "old/c"]) builder.write(path, Buffer.from("z"), now);
    const sealed = await builder.seal({ created: now, facts: null });
    return { failures, files: [...sealed.files()].map((file) => file.path) };
  },

  async "closed-sources"() {
    collection.prepare();
    const tree = await publish("g1", { "pool/a": "a", b: "b", c: "c" });
    const files = [...tree.files()];
    chmodSync(`${tree.path}/pool`, 0o000);
    chmodSync(`${tree.path}/b`, 0o000);
    const builder = collection.newTree("g2");
    const failures = {};
    for (const file of files)
      failures[file.path] = await failureOf(() => builder.link(`${tree.path}/${file.path}`, file));
    builder.write("closed/x", Buffer.from("x"), now);
    chmodSync(`${builder.path}/closed`, 0o500);
    const c = files.find((file) => file.path === "c");
    for (const put of ["link", "copy"])
      failures[put] = await failureOf(() =>
        builder[put](`${tree.path}/c`, { ...c, path: `closed/${put}` }),
      );
    for (const path of ["pool/a", "b"]) builder.write(path, Buffer.from("z"), now);
    const sealed = await builder.seal({ created: now, facts: null });
    chmodSync(`${tree.path}/pool`, 0o755);
    return { failures, files: [...sealed.files()].map((file) => file.path) };
  },

  async descriptors() {
    collection.prepare();
    const builder = collection.newTree("g1");
    const failure = await failureOf(() => {
      try {
        for (;;) openSync("/dev/null");
      } catch {
        builder.write("a", Buffer.from("a"), now);
      }
    });
    return { failure };
  },

  async other() {
    const tree = collection.latest();
    return {
      latest: tree.generation,
      files: [...tree.files()].map((file) => file.path),
      failures: [
        await failureOf(() => collection.newTree("g2")),
        await failureOf(() => collection.swap("current", tree)),
        await failureOf(() => collection.checkSwap("current")),
        await failureOf(() => collection.lock("sync", holder)),
      ],
    };
  },

  async "other-file-system"() {
    collection.prepare();
    await publish("g1", { "pool/a": "a", b: "b".repeat(1000) });
    const place = `${dir}/mounted`;
    mkdirSync(place);
    execFileSync("mount", ["-t", "tmpfs", "none", place]);
    const away = store.collection("site", { snapshots: `${place}/not/yet/there` });
    const make = (name, options) => away.createSnapshot({ name, created: now, ...options });
    const needed = [away.copyNeed(), collection.copyNeed()];
    const refused = await failureOf(() => make("v1", {}));
    const first = await make("v1", { copy: true });
    const files = { "pool/a": "a", b: "c".repeat(1000), d: "d" };
    const builder = collection.newTree("g2");
    for (const [path, text] of Object.entries(files)) builder.write(path, Buffer.from(text), now);
    const g2 = await builder.seal({ created: now, facts: null });
    // What the first snapshot has already is no copy.
    needed.push(away.copyNeed(g2));
    const second = await make("v2", { copy: true, tree: g2 });
    const inode = (snapshot, path) => statSync(`${snapshot.path}/${path}`).ino;
    away.swap("current", second);
    const { bytesFreed } = away.removeSnapshot("v1");
    return {
      needed,
      how: [collection.checkSnapshots(), away.checkSnapshots()],
      refused,
      copied: [first.copied, second.copied],
      shared: ["pool/a", "b"].map((path) => existsSync(`${first.path}/${path}`)),
      ino: inode(second, "pool/a") > 0,
      link: readlinkSync(`${store.dir}/site/snapshots`) === `${place}/not/yet/there/site`,
      pointer: readFileSync(`${store.dir}/site/current/b`, "utf8") === files.b,
      bytesFreed,
      unique: away.uniqueBytes(second),
      mtime: statSync(`${second.path}/d`).mtimeMs % 1000,
      left: readdirSync(away.paths.snapshots).sort(),
    };
  },

  async "full-removal"() {
    collection.prepare();
    await publish("g1", { a: "a".repeat(300_000), index: "i" });
    for (const name of ["v1", "v2", "v3"]) await collection.createSnapshot({ name, created: now });
    await publish("g2", { a: "b".repeat(300_000), index: "j" });
    await collection.createSnapshot({ name: "v4", created: now });
    const note = { at: now, by: { user: "u", host: "h" }, command: "c", kind: "promote" };
    for (const name of ["v1", "v4"]) collection.move("current", collection.snapshot(name), note);
    await publish("g3");
    await publish("g4");
    collection.sweep({ now, grace: 0 });
    await failureOf(() => writeFileSync(`${dir}/fill`, Buffer.alloc(4_000_000)));
    // What is left is filled by small files, down to the last page.
    for (let count = 0; ; count += 1)
      if ((await failureOf(() => writeFileSync(`${dir}/f${count}`, "x"))) !== "no failure") break;
    const moved = collection.move("current", collection.snapshot("v1"), {
      ...note,
      kind: "rollback",
      withdraw: true,
    });
    const full = await failureOf(() => collection.record({ ...note, note: "x".repeat(9000) }));
    const records = [...collection.history()].length;
    const keep = ({ path }) => path === "index";
    const one = collection.removeSnapshot("v4", { keep });
    const report = collection.pruneSnapshots({ keepLast: 0 }, { now, environments: [], keep });
    return {
      moved,
      full,
      records,
      one,
      kept: collection.kept("v4", "manifest") !== undefined,
      removed: report.removed.map(({ name, notKept }) => [name, notKept?.found]),
      failed: report.failed.map(({ name }) => name),
      left: readdirSync(collection.paths.snapshots).sort(),
      current: collection.resolve("current").generation,
    };
  },

  async "sweep-as-other"() {
    collection.prepare();
    const plant = async (generation) => {
      const builder = collection.newTree(generation);
      builder.write("a", Buffer.from("a"), now);
      await builder.seal({ created: now, facts: null });
    };
    await plant("g1");
    mkdirSync(`${store.dir}/lost+found`);
    chmodSync(`${store.dir}/lost+found`, 0o000);
    const lost = collection.sweep({ now, grace: 0 }).removed;
    // A directory of somebody else, whose name could be an id.
    mkdirSync(`${store.dir}/private`);
    chmodSync(`${store.dir}/private`, 0o000);
    await plant("g2");
    const beside = collection.sweep({ now, grace: 0 }).removed;
    store.collection("other").prepare();
    const later = new Date(now.getTime() + 10_000);
    const closed = [];
    await plant("g3");
    collection.sweep({ now, grace: 10_000 });
    for (const id of ["other", "site"]) {
      chmodSync(`${store.dir}/${id}`, 0o000);
      const { removed, waiting, unreadable } = collection.sweep({ now: later, grace: 10_000 });
      closed.push({
        removed,
        waiting,
        unreadable,
        one: await failureOf(() => collection.removeTree("g3")),
      });
      chmodSync(`${store.dir}/${id}`, 0o755);
    }
    const anew = collection.sweep({ now: later, grace: 10_000 }).waiting;
    const end = new Date(later.getTime() + 10_000);
    const left = collection.sweep({ now: end, grace: 10_000 }).removed;
    return { lost, beside, closed, anew, left };
  },
};

console.log(JSON.stringify(await scenes[scene]()));
