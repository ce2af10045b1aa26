import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createCertificate, createKey, describeNeeds, serve } from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { mirrorctl } from "./host.js";
import { openUpstream, type Upstream } from "./upstream.js";

const REFERENCE = new URL("../../../docs/reference/json.md", import.meta.url);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Numbers that the test's repository decides, and words for people, which may be said better. */
const MASKED = new Set([
  ...["bytes", "files", "inodes", "message", "hint"],
  ...["found", "reason", "cipherSuite", "key", "serialNumber", "sha256"],
]);

/** Runs a command with `--json`, and replaces what is no part of the contract. */
async function documentOf(upstream: Upstream, ...argv: string[]): Promise<Json> {
  const { status, stdout } = await mirrorctl([...argv, "--json"]);
  const document = JSON.parse(stdout, (key, value) => {
    if (MASKED.has(key)) return `<${key}>`;
    if (key === "facts") return Object.keys(value).sort();
    if (typeof value !== "string") return value;
    return value
      .replaceAll(upstream.root, "<root>")
      .replaceAll(/127\.0\.0\.1:\d+/g, "<host>")
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>")
      .replaceAll(/\b\d{8}T\d{6}[^"\s]*/g, "<generation>")
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

/** What each document is about, and how to come by it. */
const DOCUMENTS: Readonly<Record<string, (upstream: Upstream) => Promise<Json>>> = {
  version: (upstream) => documentOf(upstream, "version"),
  usage: (upstream) => documentOf(upstream, "sync", "--speed"),
  sync: async (upstream) => {
    await mirrorctl(["sync", "-c", upstream.config]);
    await upstream.configure({ demo: "", other: "no_pgp_check = true" });
    return await documentOf(upstream, "sync", "-c", upstream.config);
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
  "dry-run-failed-mirror": async (upstream) => {
    await upstream.configure({ bad: await wrongKey(upstream, "other.asc"), demo: "" });
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

async function examine(name: string, make: (upstream: Upstream) => Promise<Json>): Promise<void> {
  const document = await make(await openUpstream());
  expect(document).toMatchObject({ schemaVersion: 1, ok: expect.any(Boolean) });
  await expect(`${JSON.stringify(document, undefined, 2)}\n`).toMatchFileSnapshot(
    `golden/json/${name}.txt`,
  );
  expectDocumented(document);
}

describe("the JSON document of", () => {
  test.each(Object.entries(DOCUMENTS))("%s is as recorded and documented", examine);
});

describeNeeds(describe, ["openssl"], "the JSON document of", () => {
  test.each(Object.entries(TLS_DOCUMENTS))("%s is as recorded and documented", examine);
});
