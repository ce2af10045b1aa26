import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { aptFtparchive, type GpgKeyring, gpgSign, pdiffDirectory } from "@mirror/testkit";
import { run } from "../run.js";

/** The suite that `apt-ftparchive generate` makes, with every kind of index that apt asks for. */
export interface FtparchiveSuite {
  /** Generates the indices of what lies in the pool now, and signs them. */
  publish(): Promise<void>;
}

const SUITE = "dists/stable";
const COMPONENTS = ["main", "contrib"];
const ARCHITECTURES = ["amd64", "arm64"];

/** The tree of `apt-ftparchive generate`; Contents lie where they are told. */
function treeText(contents: string): string {
  return `Dir { ArchiveDir "."; CacheDir "../cache"; };
Default {
  Packages::Compress ". gzip xz bzip2 zstd";
  Sources::Compress ". gzip xz";
  Contents::Compress ". gzip xz";
  Translation::Compress ". xz bzip2";
  LongDescription "false";
};
TreeDefault {
  Directory "pool/$(SECTION)";
  SrcDirectory "pool/$(SECTION)";
  Contents "${contents}";
  BinCacheDB "packages-$(SECTION)-$(ARCH).db";
};
Tree "${SUITE}" { Sections "${COMPONENTS.join(" ")}"; Architectures "${ARCHITECTURES.join(" ")} all source"; };
`;
}

const FIELDS = {
  Origin: "Makers",
  Label: "Makers",
  Suite: "stable",
  Codename: "bookworm",
  Version: "12.0",
  Architectures: `all ${ARCHITECTURES.join(" ")}`,
  Components: COMPONENTS.join(" "),
  Description: "Made by apt-ftparchive",
  "Acquire-By-Hash": "yes",
};

/** Starts a suite over the archive's `pool/main` and `pool/contrib`. */
export function ftparchiveSuite(archive: string, keyring: GpgKeyring): FtparchiveSuite {
  const at = (...path: string[]) => join(archive, SUITE, ...path);
  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  const work = join(archive, "..");
  mkdirSync(join(work, "cache"), { recursive: true });
  for (const component of COMPONENTS) {
    mkdirSync(join(archive, "pool", component), { recursive: true });
    for (const directory of [...ARCHITECTURES, "all"].map((name) => `binary-${name}`)) {
      write(at(component, directory, "Release"), `Archive: stable\nComponent: ${component}\n`);
    }
    write(at(component, "source/Release"), `Archive: stable\nComponent: ${component}\n`);
    mkdirSync(at(component, "i18n"), { recursive: true });
  }
  const places = ["$(DIST)/$(SECTION)/Contents-$(ARCH)", "$(DIST)/Contents-$(ARCH)"];
  for (const [index, place] of places.entries()) {
    write(join(work, `tree-${index}.conf`), treeText(place));
  }

  const history: string[] = [];
  const packages = at("main/binary-amd64/Packages");
  return {
    async publish() {
      for (const index of places.keys()) {
        await aptFtparchive(archive, ["generate", `../tree-${index}.conf`]);
      }
      await writeMetadata(at, write);
      history.push(readFileSync(packages, "utf8"));
      const { index, patches } = await pdiffDirectory(history);
      rmSync(`${packages}.diff`, { recursive: true, force: true });
      if (patches.size > 0) {
        write(`${packages}.diff/Index`, index);
        for (const [name, patch] of patches) write(`${packages}.diff/${name}`, patch);
      }
      await sign(archive, keyring, history.length);
    },
  };
}

/** What appstream-generator and command-not-found's extractor put beside the indices. */
async function writeMetadata(
  at: (...path: string[]) => string,
  write: (path: string, content: string) => void,
): Promise<void> {
  for (const component of COMPONENTS) {
    const icons = at(component, "icons");
    write(join(icons, "hello_hello.png"), "not really an icon\n");
    mkdirSync(at(component, "dep11"), { recursive: true });
    for (const size of ["48x48", "64x64", "64x64@2", "128x128"]) {
      const tarball = at(component, `dep11/icons-${size}.tar`);
      if (existsSync(tarball)) continue;
      await run("tar", ["-cf", tarball, "-C", icons, "."], icons);
      await run("gzip", ["--keep", "--no-name", tarball], icons);
    }
    rmSync(icons, { recursive: true });
    for (const architecture of ARCHITECTURES) {
      const yml = at(component, `dep11/Components-${architecture}.yml`);
      write(yml, `---\nFile: DEP-11\nOrigin: makers-${component}\n`);
      const commands = at(component, `cnf/Commands-${architecture}`);
      write(commands, `suite: stable\ncomponent: ${component}\narch: ${architecture}\n`);
      await run("xz", ["--keep", "--force", commands, yml], icons.replace(/\/icons$/, ""));
    }
  }
}

async function sign(archive: string, keyring: GpgKeyring, publication: number): Promise<void> {
  const fields = Object.entries(FIELDS).map(([name, value]) => `Release::${name}=${value}`);
  const settings = [...fields, "Release::Patterns::=Commands-*"];
  const options = [...settings, "DoByHash=true"].flatMap((one) => [
    "-o",
    `APT::FTPArchive::${one}`,
  ]);
  const release = await aptFtparchive(archive, [...options, "release", SUITE]);
  const documents = {
    Release: release,
    InRelease: await gpgSign(keyring, release),
    "Release.gpg": await gpgSign(keyring, release, { mode: "detach" }),
  };
  for (const [name, content] of Object.entries(documents)) {
    const path = join(archive, SUITE, name);
    writeFileSync(path, content);
    // Times of files count whole seconds on the way to clients.
    const time = Math.floor(Date.now() / 1000) - 600 + publication;
    utimesSync(path, time, time);
  }
}
