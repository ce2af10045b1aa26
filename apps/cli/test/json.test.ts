import { mkdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createCertificate, createKey, describeNeeds, serve } from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { mirrorctl } from "./host.js";
import type { Upstream } from "./upstream.js";
import { openWorkshop, type Workshop } from "./workshop.js";

const REFERENCE = new URL("../../../docs/reference/json.md", import.meta.url);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Numbers that the test's repository decides, and words for people, which may be said better. */
const MASKED = new Set([
  ...["bytes", "files", "inodes", "reserve", "message", "hint", "bytesFreed"],
  ...["found", "reason", "cipherSuite", "key", "serialNumber", "sha256"],
  ...["host", "user", "text"],
]);
/** Sentences for people. */
const SENTENCES = new Set(["lines", "problems", "remarks", "warnings"]);

/** Runs a command with `--json`, and replaces what is no part of the contract. */
async function documentOf(upstream: Upstream, ...argv: string[]): Promise<Json> {
  const { status, stdout } = await mirrorctl([...argv, "--json"]);
  const document = JSON.parse(stdout, (key, value) => {
    if (MASKED.has(key)) return `<${key}>`;
    if (key === "size" && typeof value === "number") return "<size>";
    if (key === "facts") return Object.keys(value).sort();
    if (SENTENCES.has(key) && typeof value[0] === "string") return ["<sentence>"];
    if (typeof value !== "string") return value;
    return value
      .replaceAll(upstream.root, "<root>")
      .replaceAll(/\.mirrorctl-[0-9a-f]{16}/g, ".mirrorctl-<random>")
      .replaceAll(/127\.0\.0\.1:\d+/g, "<host>")
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>")
      .replaceAll(/\b\d{8}T\d{6}[^"\s]*/g, "<generation>")
      .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(-\d+)?/g, "<snapshot>")
      .replaceAll(/\b[0-9A-F]{40}\b/g, "<fingerprint>");
  });
  expect(status).toBe(document.ok ? 0 : 1);
  return document;
}

/** Dotted paths of all fields; amounts are told as a whole. */
function pathsOf(value: Json, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${path}[]`));
  if (typeof value !== "object" || value === null) return [path];
  const keys = Object.keys(value).join();
  if (keys === "files,bytes") return [path];
  const inner = Object.entries(value).flatMap(([key, item]) =>
    pathsOf(item, path === "" ? key : `${path}.${key}`),
  );
  return path === "" ? inner : [path.replace(/(\[\])+$/, ""), ...inner];
}

function expectDocumented(document: Json): void {
  const reference = readFileSync(REFERENCE, "utf8");
  const paths = pathsOf(document).map((path) => {
    return path.replace(/^.*\berror\b/, "error").replace(/\[\]$/, "");
  });
  for (const path of new Set(paths)) expect(reference).toContain(`\`${path}\``);
}

const wrongKey = async ({ root, keyring, server }: Upstream, name: string) => {
  await writeFile(join(root, name), (await createKey()).armoredPublic);
  expect(keyring).not.toContain(name);
  return `url = "${server.url}"\nsuites = ["stable"]\nsections = ["main"]
architectures = ["amd64"]\npgp_key_path = "${join(root, name)}"`;
};

/** A list of packages that asks for one that depends on others, and for one that nobody has. */
async function filter(upstream: Upstream): Promise<void> {
  const { root, repository } = upstream;
  const depends = "needed, nowhere (>= 2)";
  const add = ["needed", "old"].map((name) => ({ package: name, version: "1" }));
  const hello = { package: "hello", version: "1.1", depends };
  const addSources = [{ package: "old", version: "1" }];
  await repository.publish({ suites: { stable: { add: [...add, hello], addSources } } });
  await writeFile(join(root, "list.txt"), "hello\nunheard-of install\n");
  const filters = `{ package_list = "${root}/list.txt", with_dependencies = true }`;
  await upstream.configure({ demo: `mirror_source = true\nfilters = ${filters}` });
}

/** What each document is about, and how to come by it. */
const DOCUMENTS: Readonly<Record<string, (workshop: Workshop) => Promise<Json>>> = {
  version: (upstream) => documentOf(upstream, "version"),
  usage: (upstream) => documentOf(upstream, "sync", "--speed"),
  sync: async (upstream) => {
    await mirrorctl(["sync", "-c", upstream.config]);
    await upstream.configure({ demo: "", other: "no_pgp_check = true" });
    return await documentOf(upstream, "sync", "-c", upstream.config);
  },
  "sync-snapshot": async (workshop) => {
    const demo = "publish_to_staging = true\nsnapshot.prune = { keep_last = 1 }";
    await workshop.configure({ demo });
    // Staging can be taken back over two moves: the first snapshot of four is the one that goes.
    for (const version of ["1", "2", "3"]) {
      const packages = [{ package: "hello", version }];
      await workshop.repository.publish({ suites: { stable: { packages } } });
      await workshop.succeed("sync");
    }
    const add = [{ package: "world", version: "1" }];
    await workshop.repository.publish({ suites: { stable: { add } } });
    return await documentOf(workshop, "sync", "-c", workshop.config);
  },
  "sync-filtered": async (upstream) => {
    await filter(upstream);
    return await documentOf(upstream, "sync", "-c", upstream.config);
  },
  explain: async (upstream) => {
    await filter(upstream);
    await mirrorctl(["sync", "-c", upstream.config]);
    const mirrors: Json[] = [];
    let document: Json = null;
    for (const name of ["needed", "old", "hello"]) {
      document = await documentOf(upstream, "explain", "demo", name, "-c", upstream.config);
      if (document !== null && typeof document === "object" && "mirrors" in document) {
        mirrors.push(document.mirrors ?? null);
        document.mirrors = mirrors.flat();
      }
    }
    return document;
  },
  "explain-carried": async (upstream) => {
    await upstream.configure({ demo: "filters = { keep_versions = 1 }" });
    await mirrorctl(["sync", "-c", upstream.config]);
    for (const versions of [
      ["1.0", "1.1"],
      ["1.1", "1.2"],
    ]) {
      const hello = versions.map((version) => ({ package: "hello", version }));
      const packages = [...hello, { package: "world", version: "2.0", architecture: "all" }];
      await upstream.repository.publish({ suites: { stable: { packages } } });
      await mirrorctl(["sync", "-c", upstream.config]);
    }
    return await documentOf(upstream, "explain", "demo", "hello", "-c", upstream.config);
  },
  "sync-failed-mirror": async (upstream) => {
    await upstream.configure({ bad: await wrongKey(upstream, "other.asc"), lacking: "" });
    upstream.server.fault(/hello_/, { kind: "status", status: 403 });
    return await documentOf(upstream, "sync", "-c", upstream.config);
  },
  "sync-failed": async (upstream) => {
    await upstream.configure({ demo: 'architecture = ["amd64"]\nby_hash = "mabye"' });
    return await documentOf(upstream, "sync", "-c", upstream.config);
  },
  "dry-run": (upstream) => documentOf(upstream, "sync", "--dry-run", "-c", upstream.config),
  "dry-run-filtered": async (upstream) => {
    await filter(upstream);
    return await documentOf(upstream, "sync", "--dry-run", "-c", upstream.config);
  },
  "dry-run-failed-mirror": async (upstream) => {
    await upstream.configure({ bad: await wrongKey(upstream, "other.asc"), demo: "" });
    return await documentOf(upstream, "sync", "--dry-run", "-c", upstream.config);
  },
  "dry-run-no-space": async (upstream) => {
    await upstream.configure({ demo: "[mirrors.demo.snapshot]" }, 'min_free = "100%"');
    return await documentOf(upstream, "sync", "--dry-run", "-c", upstream.config);
  },
  "check-config": async (upstream) => {
    await upstream.configure({ demo: "indices = { dep11 = false }" });
    return await documentOf(upstream, "check", "config", "-c", upstream.config);
  },
  "check-config-failed-mirror": async (upstream) => {
    await writeFile(upstream.keyring, "no key at all");
    await upstream.configure({ demo: `auth_file = "${upstream.root}/missing"` });
    return await documentOf(upstream, "check", "config", "-c", upstream.config);
  },
  "check-config-failed": (upstream) =>
    documentOf(upstream, "check", "config", "-c", join(upstream.root, "missing.toml")),
};

const TLS_DOCUMENTS: typeof DOCUMENTS = {
  "check-tls": async (upstream) => {
    const { root, repository, keyring, config } = upstream;
    const tls = await createCertificate();
    const server = await serve(repository.directory, { tls });
    onTestFinished(() => server.close());
    await writeFile(join(root, "ca.pem"), tls.cert);
    const lines = `url = "${server.url}"\nsuites = ["stable"]\nsections = ["main"]
architectures = ["amd64"]\npgp_key_path = "${keyring}"\n`;
    await upstream.configure({
      good: `${lines}tls = { ca_cert_file = "${root}/ca.pem" }`,
      untrusted: lines,
    });
    return await documentOf(upstream, "check", "tls", "*", "-c", config);
  },
  "check-tls-failed": (upstream) =>
    documentOf(upstream, "check", "tls", "no-such-mirror", "-c", upstream.config),
};

/** A snapshot in production, and another one in staging. */
async function openStaged(workshop: Workshop): Promise<void> {
  await workshop.release("1");
  await workshop.release("2");
  await workshop.succeed("snapshot", "stage", "demo", "s1");
  await workshop.succeed("snapshot", "promote", "demo");
  await workshop.succeed("snapshot", "stage", "demo", "s2");
}

/** One package is gone from the working mirror alone, another one is damaged in all trees. */
function damage({ dir }: Workshop): void {
  rmSync(join(dir, "demo/latest/pool/main/w/world/world_2.0_all.deb"));
  truncateSync(join(dir, "demo/latest/pool/main/h/hello/hello_2_amd64.deb"));
}

/** The document of a command, once there is something in staging and in production. */
const staged =
  (line: string, ...before: string[]) =>
  async (workshop: Workshop): Promise<Json> => {
    await openStaged(workshop);
    for (const command of before) await workshop.succeed(...command.split(" "));
    return await documentOf(workshop, ...line.split(" "), "-c", workshop.config);
  };

const SNAPSHOT_DOCUMENTS: typeof DOCUMENTS = {
  "snapshot-create": staged("snapshot create demo s3 --stage"),
  "snapshot-create-failed-mirror": staged("snapshot create demo s1"),
  "snapshot-list": staged("snapshot list --detailed", "snapshot protect demo s1"),
  "snapshot-stage": staged("snapshot stage demo s1"),
  "snapshot-promote": staged("snapshot promote demo"),
  "snapshot-promote-failed-mirror": async (workshop) => {
    await openStaged(workshop);
    await workshop.configure({ demo: "promote = { min_packages = 100 }" });
    return await documentOf(workshop, "snapshot", "promote", "demo", "-c", workshop.config);
  },
  "snapshot-publish": async (workshop) => {
    await openStaged(workshop);
    await writeFile(workshop.keyring, (await createKey()).armoredPublic);
    const line = ["snapshot", "publish", "demo", "s2", "-c", workshop.config];
    return await documentOf(workshop, ...line);
  },
  "snapshot-rollback": staged("snapshot rollback demo", "snapshot promote demo"),
  "snapshot-delete": staged("snapshot delete demo old s2", "snapshot create demo old"),
  "snapshot-prune": staged("snapshot prune --keep-last 0", "snapshot create demo old"),
  "snapshot-protect": staged("snapshot protect demo s1"),
  "snapshot-unprotect": staged("snapshot unprotect demo s1"),
  "snapshot-diff": async (workshop) => {
    await openStaged(workshop);
    const add = [{ package: "new", version: "1" }];
    await workshop.repository.publish({ suites: { stable: { add, remove: ["world"] } } });
    await workshop.succeed("sync");
    await workshop.succeed("snapshot", "create", "demo", "s3", "--stage");
    return await documentOf(workshop, "snapshot", "diff", "demo", "-c", workshop.config);
  },
  "snapshot-verify": async (workshop) => {
    await openStaged(workshop);
    rmSync(join(workshop.snapshotPath("s1"), "pool/main/h/hello/hello_1_amd64.deb"));
    await writeFile(workshop.keyring, (await createKey()).armoredPublic);
    return await documentOf(workshop, "snapshot", "verify", "demo", "-c", workshop.config);
  },
  verify: async (workshop) => {
    await openStaged(workshop);
    rmSync(join(workshop.dir, "demo/latest/pool/main/h/hello/hello_2_amd64.deb"));
    await writeFile(join(workshop.snapshotPath("s1"), "mine"), "mine");
    return await documentOf(workshop, "verify", "--snapshots", "-c", workshop.config);
  },
  "verify-repair-dry-run": async (workshop) => {
    await openStaged(workshop);
    damage(workshop);
    const line = ["verify", "--repair", "--dry-run", "-c", workshop.config];
    return await documentOf(workshop, ...line);
  },
  "verify-repair": async (workshop) => {
    await openStaged(workshop);
    damage(workshop);
    const path = "dists/stable/InRelease";
    rmSync(join(workshop.dir, "demo/latest", path));
    mkdirSync(join(workshop.dir, "demo/latest", path));
    workshop.server.fault("hello_2_amd64.deb", { kind: "status", status: 404 });
    await writeFile(join(workshop.snapshotPath("s1"), "../.s1.manifest"), "garbage");
    return await documentOf(workshop, "verify", "--repair", "-c", workshop.config);
  },
  status: async (workshop) => {
    const validUntil = new Date(Date.now() + 60 * 60_000);
    await workshop.repository.publish({ suites: { stable: { validUntil } } });
    await openStaged(workshop);
    rmSync(workshop.snapshotPath("s2"), { recursive: true });
    workshop.server.fault(/Release/, { kind: "status", status: 403 });
    await workshop.tell("sync");
    await workshop.configure({ demo: "", other: 'frozen = ["stable"]' });
    return await documentOf(workshop, "status", "--check", "-c", workshop.config);
  },
  "status-filtered": async (workshop) => {
    await filter(workshop);
    await workshop.tell("sync");
    return await documentOf(workshop, "status", "-c", workshop.config);
  },
  history: async (workshop) => {
    await openStaged(workshop);
    damage(workshop);
    await workshop.succeed("verify", "--repair");
    await workshop.succeed("snapshot", "promote", "demo", "--no-gate");
    await workshop.succeed("sync", "--force", "--allow-shrink");
    workshop.server.fault(/Release/, { kind: "status", status: 403 });
    await workshop.tell("sync");
    return await documentOf(workshop, "history", "demo", "-c", workshop.config);
  },
  "history-at": staged("history demo --at 2999-01-01T00:00:00Z"),
  remove: async (workshop) => {
    await openStaged(workshop);
    await writeFile(join(workshop.dir, "demo", "mine"), "");
    await workshop.configure({ other: "" });
    return await documentOf(workshop, "remove", "demo", "-c", workshop.config);
  },
  "remove-failed": (workshop) => documentOf(workshop, "remove", "demo", "-c", workshop.config),
  "generate-sudoers": staged("generate sudoers"),
  "generate-apt-source": staged("generate apt-source"),
};

async function examine(name: string, make: (workshop: Workshop) => Promise<Json>): Promise<void> {
  const document = await make(await openWorkshop());
  expect(document).toMatchObject({ schemaVersion: 1, ok: expect.any(Boolean) });
  await expect(`${JSON.stringify(document, undefined, 2)}\n`).toMatchFileSnapshot(
    `golden/json/${name}.txt`,
  );
  expectDocumented(document);
}

describe("the JSON document of", () => {
  test.each(Object.entries({ ...DOCUMENTS, ...SNAPSHOT_DOCUMENTS }))(
    "%s is as recorded and documented",
    examine,
  );
});

describeNeeds(describe, ["openssl"], "the JSON document of", () => {
  test.each(Object.entries(TLS_DOCUMENTS))("%s is as recorded and documented", examine);
});
