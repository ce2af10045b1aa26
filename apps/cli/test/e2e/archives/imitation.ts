import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type AptClient,
  aptClient,
  aptFtparchive,
  type GpgKeyring,
  gpgKeyring,
  gpgSign,
  serve,
  type TestServer,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterAll, expect, type TestContext } from "vitest";
import { mirrorctl as inThisProcess } from "../../host.js";
import { mirrorctl, type Ran } from "../mirrorctl.js";
import { buildDeb, type Deb, fileName, sourceFiles } from "../packages.js";
import { run } from "../run.js";
import { guideMirrors } from "./guide.js";

/** What every test of this directory needs. */
export const TOOLS = ["apt-get", "apt-ftparchive", "dpkg-deb", "gpg", "gpgv", "gzip", "xz"];

/** A form of an index; `""` is the plain one. */
export type Form = "" | "gz" | "xz" | "zst" | "bz2";

/** Fields of a Release file. */
export type Fields = Readonly<Record<string, string>>;

/** How {@link Imitation.sign} signs. */
export interface Signing {
  /** The imitation's own key by default. */
  readonly keyring?: GpgKeyring;
  /** Which of its keys sign; the first by default. */
  readonly signers?: readonly string[];
  /** When; now by default. */
  readonly date?: Date;
  /** InRelease, and Release with Release.gpg, by default. */
  readonly forms?: "pair alone";
}

/** What `mirrorctl sync` did and said. */
export interface Synced extends Ran {
  /** The code of the error, if it failed, and what it says. */
  readonly code: string | undefined;
  readonly message: string | undefined;
  /** Codes of warnings, sorted. */
  readonly warnings: readonly string[];
  readonly packages: number | undefined;
}

/** A small archive that Debian's own programs make, and a mirror of it. */
export interface Imitation {
  /** Holds everything; gone when the test is over. */
  readonly root: string;
  readonly server: TestServer;
  /** Where the archive is served. */
  readonly url: string;
  /** A place in the archive. */
  at(...segments: readonly string[]): string;
  /** Puts a file there. */
  put(path: string, content: string | Uint8Array): void;
  /** Builds a package there: as that file, or in that directory under its usual name. */
  deb(path: string, deb: Deb): Promise<void>;
  /** Puts the files of a source package in that directory. */
  source(directory: string, name: string, version: string): void;
  /** What `apt-ftparchive` prints in the archive, or in a directory of it. */
  index(args: readonly string[], directory?: string): Promise<string>;
  /** Puts an index there in these forms. */
  pack(path: string, text: string, forms: readonly Form[]): Promise<void>;
  /** Lets `apt-ftparchive` list what lies in a directory, and gpg sign it below these fields. */
  sign(directory: string, fields: Fields, signing?: Signing): Promise<void>;
  /** Configures the one mirror: its `url`, unless the lines have it, and its keyring are given. */
  configure(lines: string, keyring?: "of the system"): void;
  /** Configures it as the guide has it, with more lines; further hosts follow in the guide's order. */
  configureAsGuided(more?: string, ...hosts: readonly string[]): void;
  /** Runs the built command with that configuration. */
  run(...words: readonly string[]): Promise<Ran>;
  sync(): Promise<Synced>;
  /** Syncs, and lets production show it once every file was verified. */
  publish(): Promise<Synced>;
  /** A path below what production shows. */
  published(...segments: readonly string[]): string;
  /**
   * A real apt that reads production, by the sources that mirrorctl generates or by others; `MIRROR`
   * in those is production's URL.
   */
  client(sources?: string, configuration?: string): Promise<AptClient>;
}

const PACKERS: Readonly<Record<Exclude<Form, "">, readonly [string, ...string[]]>> = {
  gz: ["gzip", "--keep", "--force", "--no-name"],
  xz: ["xz", "--keep", "--force"],
  zst: ["zstd", "--keep", "--force", "--quiet"],
  bz2: ["bzip2", "--keep", "--force"],
};

const ID = "demo";

let own: Promise<GpgKeyring> | undefined;
afterAll(async () => (await own)?.remove());

/**
 * Opens an empty archive on loopback, with a mirror to be configured.
 *
 * @param test - what it ends with: tests of a file run at the same time
 * @param like - a mirror of the guide: the archive lies at the path of its first URL
 */
export async function openImitation(
  { onTestFinished }: TestContext,
  like?: string,
): Promise<Imitation> {
  const place = await temporaryDirectory("archive-");
  onTestFinished(() => place.remove());
  const { path: root } = place;
  own ??= gpgKeyring({ generate: [{ userId: "Archive <archive@example.org>" }] });
  const keyring = await own;
  const guided = like === undefined ? undefined : guideMirrors().get(like);
  const base = new URL(guided?.urls[0] ?? "http://archive/").pathname.slice(1);
  for (const name of ["mirrors", "apt"]) mkdirSync(join(root, name));
  const server = await serve(join(root, "upstream"));
  onTestFinished(() => server.close());
  const url = server.url + base;
  const publicKey = join(root, "archive.gpg");
  writeFileSync(publicKey, await keyring.exportPublic());
  const config = join(root, "mirror.toml");
  const at = (...segments: readonly string[]) => join(root, "upstream", base, ...segments);
  const put = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content);
  };

  const imitation: Imitation = {
    root,
    server,
    url,
    at,
    put,
    async deb(path, deb) {
      const file = path.endsWith(".deb") ? path : join(path, fileName(deb));
      await buildDeb(at(file), deb);
    },
    source(directory, name, version) {
      for (const [file, content] of Object.entries(sourceFiles(name, version))) {
        put(join(directory, file), content);
      }
    },
    index: (args, directory = ".") => aptFtparchive(at(directory), args),
    async pack(path, text, forms) {
      put(path, text);
      for (const form of forms) {
        if (form === "") continue;
        const [tool, ...options] = PACKERS[form];
        await run(tool, [...options, at(path)]);
      }
      if (!forms.includes("")) rmSync(at(path));
    },
    async sign(directory, fields, { keyring: by = keyring, signers = [], date, forms } = {}) {
      const lists = await aptFtparchive(at(directory), ["release", "."]);
      const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
      const release = lines.join("") + lists;
      const options = { signers, ...(date ? { date } : {}) };
      const signature = await gpgSign(by, release, { ...options, mode: "detach" });
      put(join(directory, "Release"), release);
      put(join(directory, "Release.gpg"), signature);
      if (forms === "pair alone") return;
      put(join(directory, "InRelease"), await gpgSign(by, release, options));
    },
    configure(lines, system) {
      const text = [
        `dir = "${join(root, "mirrors")}"`,
        `[mirrors.${ID}]`,
        ...(/^urls? =/m.test(lines) ? [] : [`url = "${url}"`]),
        ...(system ? [] : [`pgp_key_path = "${publicKey}"`]),
        "publish_to_staging = true",
        'promote.verify = "full"',
        lines,
        "",
      ];
      writeFileSync(config, text.join("\n"));
    },
    configureAsGuided(more = "", ...hosts) {
      if (!guided) throw new Error(`the guide has no mirror ${like}`);
      const servers = [server.url, ...hosts];
      const urls = guided.urls.map((given, n) => servers[n] + new URL(given).pathname.slice(1));
      imitation.configure(`urls = ${JSON.stringify(urls)}\n${guided.lines}\n${more}`);
    },
    run: (...words) => mirrorctl(root, ...words, "--config", config),
    async sync() {
      const outcome = await imitation.run("sync", "--json");
      const { error, mirrors } = JSON.parse(outcome.stdout);
      const [mirror] = mirrors;
      const failure = error ?? mirror?.error;
      const codes = (mirror?.warnings ?? []).map(({ code }: { code: string }) => code);
      return {
        ...outcome,
        code: failure?.code,
        message: failure?.message,
        warnings: codes.sort(),
        packages: mirror?.packages,
      };
    },
    async publish() {
      const synced = await imitation.sync();
      expect([synced.code, synced.message, synced.status]).toEqual([undefined, undefined, 0]);
      await runHere("snapshot", "promote", ID);
      return synced;
    },
    published: (...segments) => join(root, "mirrors", ID, "current", ...segments),
    async client(sources, configuration) {
      const web = await serve(join(root, "mirrors"));
      onTestFinished(() => web.close());
      const home = join(root, "apt", String(readdirSync(join(root, "apt")).length));
      mkdirSync(home);
      const generate = ["generate", "apt-source", ID, "--base-url", web.url];
      // Clients of old releases have the key in a file.
      const generated = async () =>
        (await runHere(...generate)).replaceAll(`/etc/apt/keyrings/${ID}.asc`, publicKey);
      return aptClient({
        root: home,
        sources: sources?.replaceAll("MIRROR", `${web.url}${ID}/current`) ?? (await generated()),
        keyring: readFileSync(publicKey),
        ...(configuration === undefined ? {} : { configuration }),
      });
    },
  };
  /** What a command of this process prints: starting it once more would prove no more of it. */
  const runHere = async (...words: readonly string[]) => {
    const { status, stdout, stderr } = await inThisProcess([...words, "--config", config]);
    expect([words, status, stderr]).toEqual([words, 0, expect.anything()]);
    return stdout;
  };
  return imitation;
}

/** Lets apt update without a word of warning and download packages; the names of their files. */
export async function expectInstalls(apt: AptClient, ...packages: readonly string[]) {
  const well = { warnings: [], errors: [], exitCode: 0 };
  expect(await apt.update()).toMatchObject(well);
  expect(await apt.download(...packages)).toMatchObject(well);
  return readdirSync(apt.archives)
    .filter((name) => name.endsWith(".deb"))
    .sort();
}

/** Lets apt download source packages. */
export async function expectSources(apt: AptClient, ...packages: readonly string[]) {
  expect(await apt.source(...packages)).toMatchObject({ errors: [], exitCode: 0 });
}
