import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type AptClient,
  aptClient,
  createKey,
  type GpgKeyring,
  gpgKeyring,
  type JudgeOptions,
  judgeMirror,
  type NginxServer,
  nginx,
  serve,
  type TestKey,
  type TestServer,
  temporaryDirectory,
  type Verdict,
} from "@mirror/testkit";
import { expect } from "vitest";
import { BRIDGE } from "./bridge.js";
import { mirrorctl, type Ran } from "./mirrorctl.js";

/** An archive, its mirror by the built command, and real clients of the mirror. */
export interface Workplace {
  /** Holds everything. */
  at(...segments: readonly string[]): string;
  /** Signs the archive, by gpg or without. */
  readonly keyring: GpgKeyring;
  readonly key: TestKey;
  readonly publicKey: Uint8Array;
  /** Where the archive is made. */
  readonly archive: string;
  /** Serves the archive. */
  readonly upstream: TestServer;
  /** The real nginx with the `.previous` fall-back, as a user who owns nothing of it. */
  readonly web: NginxServer;
  /** Where clients find the mirror; without a slash at its end. */
  readonly url: string;
  /** What the mirror publishes now. */
  readonly tree: string;
  /** Writes the mirror's table anew: its lines besides `url` and `pgp_key_path`. */
  configure(settings: string): void;
  /** Runs the command with the configuration; fails the test when the command fails. */
  run(...words: readonly string[]): Promise<Ran>;
  /** Syncs and returns the mirror's part of the report; fails the test when the command fails. */
  sync(): Promise<SyncedMirror>;
  /** An apt that knows the mirror alone. */
  client(name: string, sources: string, options?: ClientOptions): Promise<AptClient>;
  /** What an oracle that shares no code with the command finds in the published tree. */
  judge(options: Omit<JudgeOptions, "keyring">): Promise<Verdict>;
  close(): Promise<void>;
}

/** What `sync --json` says of the mirror. */
export interface SyncedMirror {
  readonly outcome: string;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** How a client is set up. */
export interface ClientOptions {
  /** `amd64` by default. */
  readonly architecture?: string;
  /** More lines for `apt.conf`. */
  readonly configuration?: string;
}

/**
 * Opens the place; the archive is empty still.
 *
 * @param settings - lines of the mirror's table, as {@link Workplace.configure} takes them
 */
export async function openWorkplace(settings: string): Promise<Workplace> {
  const place = await temporaryDirectory("e2e-");
  const at = (...segments: readonly string[]) => join(place.path, ...segments);
  for (const name of ["archive", "mirrors", "nginx"]) mkdirSync(at(name));
  const key = await createKey();
  const keyring = await gpgKeyring({ keys: [key] });
  const publicKey = await keyring.exportPublic();
  const upstream = await serve(at("archive"));
  const web = await nginx({
    root: at("nginx"),
    directory: at("mirrors"),
    user: "www-data",
    server: BRIDGE,
  });
  writeFileSync(at("archive.gpg"), publicKey);
  const configure = (lines: string) =>
    writeFileSync(
      at("mirror.toml"),
      `dir = "${at("mirrors")}"
[mirrors.made]
url = "${upstream.url}"
pgp_key_path = "${at("archive.gpg")}"
${lines}
`,
    );
  configure(settings);
  const run = async (...words: readonly string[]) => {
    const ran = await mirrorctl(place.path, ...words, "--config", at("mirror.toml"));
    expect([words, ran.status, ran.stderr]).toEqual([words, 0, expect.anything()]);
    return ran;
  };
  const tree = at("mirrors/made/latest");
  return {
    at,
    keyring,
    key,
    publicKey,
    archive: at("archive"),
    upstream,
    web,
    url: `${web.url}made/latest`,
    tree,
    configure,
    run,
    sync: async () => JSON.parse((await run("sync", "--json")).stdout).mirrors[0],
    async client(name, sources, options = {}) {
      const root = at(name);
      mkdirSync(root);
      return aptClient({ root, sources, keyring: publicKey, ...options });
    },
    judge: (options) => judgeMirror(tree, { keyring: publicKey, ...options }),
    async close() {
      await web.close();
      await upstream.close();
      await keyring.remove();
      await place.remove();
    },
  };
}
