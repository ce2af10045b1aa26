import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createKey,
  createRepository,
  type PackageSpec,
  serve,
  type TestKey,
  type TestRepository,
  type TestServer,
  temporaryDirectory,
} from "@mirror/testkit";
import { onTestFinished } from "vitest";

/** A served repository and a configuration of mirrors of it, all in one directory. */
export interface Upstream {
  /** Holds everything; gone when the test is over. */
  readonly root: string;
  /** Where the mirrors are published. */
  readonly dir: string;
  readonly config: string;
  readonly keyring: string;
  readonly repository: TestRepository;
  readonly server: TestServer;
  /** Writes the configuration anew: lines of each mirror that are different. */
  configure(mirrors: Readonly<Record<string, string>>, top?: string): Promise<void>;
}

let key: Promise<TestKey> | undefined;

/** Serves a repository of one suite and writes a configuration with the mirror `demo`. */
export async function openUpstream(packages: readonly PackageSpec[] = SOME): Promise<Upstream> {
  const place = await temporaryDirectory("cli-");
  onTestFinished(() => place.remove());
  const root = place.path;
  key ??= createKey();
  const signer = await key;
  const repository = await createRepository(join(root, "upstream"), {
    key: signer,
    suites: [{ suite: "stable", packages }],
  });
  const server = await serve(repository.directory);
  onTestFinished(() => server.close());
  const upstream: Upstream = {
    root,
    dir: join(root, "mirrors"),
    config: join(root, "mirror.toml"),
    keyring: join(root, "keyring.asc"),
    repository,
    server,
    async configure(mirrors, top = "") {
      const tables = Object.entries(mirrors).map(([id, lines]) =>
        lines.includes("url") ? `[mirrors.${id}]\n${lines}` : `[mirrors.${id}]\n${usual}${lines}`,
      );
      const text = `dir = "${upstream.dir}"\n${top}\n${tables.join("\n\n")}\n`;
      await writeFile(upstream.config, text);
    },
  };
  const usual = `url = "${server.url}"
suites = ["stable"]
sections = ["main"]
architectures = ["amd64"]
pgp_key_path = "${upstream.keyring}"
`;
  await writeFile(upstream.keyring, signer.armoredPublic);
  await upstream.configure({ demo: "" });
  return upstream;
}

const SOME: readonly PackageSpec[] = [
  { package: "hello", version: "1.0" },
  { package: "world", version: "2.0", architecture: "all" },
];
