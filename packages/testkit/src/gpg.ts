import { TestkitError } from "./error.js";
import type { TestKey } from "./key.js";
import { temporaryDirectory } from "./temporary-directory.js";
import { runTool, runToolOk, type ToolResult } from "./tool.js";

/** A GnuPG home of its own, with an agent of its own until it is removed. */
export interface GpgKeyring extends AsyncDisposable {
  /** The GNUPGHOME. */
  readonly home: string;
  /** Upper-case fingerprints of the primary keys with a private half. */
  fingerprints(): Promise<string[]>;
  /** All public keys, armored on demand. */
  exportPublic(options?: { readonly armor?: boolean }): Promise<Uint8Array>;
  /** Runs gpg with any arguments in this home, without questions. */
  run(args: readonly string[], input?: string | Uint8Array): Promise<ToolResult>;
  /** Ends the agent and deletes everything. */
  remove(): Promise<void>;
}

/** What {@link gpgKeyring} starts with. */
export interface GpgKeyringOptions {
  /** Keys to import, with their private halves. */
  readonly keys?: readonly TestKey[];
  /** Keys to make, as `--quick-generate-key` takes them. */
  readonly generate?: readonly {
    readonly userId: string;
    /** `ed25519`, `rsa2048`, `dsa1024` and the like; `ed25519` by default. */
    readonly algorithm?: string;
    /** `never` by default, or e.g. `1d`, `seconds=5`. */
    readonly expires?: string;
  }[];
}

/** How {@link gpgSign} signs. */
export interface GpgSignOptions {
  /** `clearsign` by default. */
  readonly mode?: "clearsign" | "detach";
  /** Of a detached signature, true by default. */
  readonly armor?: boolean;
  /** E.g. `SHA1`. */
  readonly digest?: string;
  /** Fingerprint of each key that signs; the home's first key by default. */
  readonly signers?: readonly string[];
  /** The moment to sign at. */
  readonly date?: Date;
  /** More arguments, put first. */
  readonly args?: readonly string[];
}

/**
 * Makes a temporary GnuPG home with keys, for tests that must sign by the real gpg.
 *
 * @throws TestkitError `ERR_TESTKIT_MISSING_TOOL`, `ERR_TESTKIT_TOOL_FAILED`
 */
export async function gpgKeyring(options: GpgKeyringOptions = {}): Promise<GpgKeyring> {
  const directory = await temporaryDirectory("gpg-");
  const home = directory.path;
  const environment = { GNUPGHOME: home };
  const common = [
    "--batch",
    "--no-tty",
    "--yes",
    "--pinentry-mode",
    "loopback",
    "--passphrase",
    "",
  ];
  const run = (args: readonly string[], input?: string | Uint8Array): Promise<ToolResult> =>
    runTool("gpg", [...common, ...args], {
      env: environment,
      ...(input === undefined ? {} : { input }),
    });
  const remove = async (): Promise<void> => {
    await runTool("gpgconf", ["--homedir", home, "--kill", "all"]).catch(() => undefined);
    await directory.remove();
  };
  try {
    for (const key of options.keys ?? []) {
      await runToolOk("gpg", [...common, "--import"], {
        env: environment,
        input: key.armoredPrivate,
      });
    }
    for (const { userId, algorithm = "ed25519", expires = "never" } of options.generate ?? []) {
      const what = ["--quick-generate-key", userId, algorithm, "sign,cert", expires];
      await runToolOk("gpg", [...common, ...what], { env: environment });
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    home,
    async fingerprints() {
      const { stdout } = await run(["--list-secret-keys", "--with-colons"]);
      return [...stdout.toString().matchAll(/^sec:.*\n(?:grp:.*\n)*fpr:+([0-9A-F]+):/gm)].map(
        (match) => match[1] ?? "",
      );
    },
    exportPublic: ({ armor = false } = {}) =>
      runToolOk("gpg", [...common, ...(armor ? ["--armor"] : []), "--export"], {
        env: environment,
      }),
    run,
    remove,
    [Symbol.asyncDispose]: remove,
  };
}

/**
 * Signs a text by the real gpg and returns the clearsigned document or the detached signature.
 *
 * @throws TestkitError `ERR_TESTKIT_TOOL_FAILED`
 */
export async function gpgSign(
  keyring: GpgKeyring,
  text: string | Uint8Array,
  options: GpgSignOptions = {},
): Promise<Uint8Array> {
  const args = [
    ...(options.args ?? []),
    ...(options.digest === undefined ? [] : ["--digest-algo", options.digest]),
    ...(options.signers ?? []).flatMap((signer) => ["--local-user", signer]),
    ...(options.date === undefined
      ? []
      : ["--faked-system-time", `${Math.floor(options.date.getTime() / 1000)}!`]),
    ...(options.mode === "detach"
      ? ["--detach-sign", ...(options.armor === false ? [] : ["--armor"])]
      : ["--clearsign"]),
    "--output",
    "-",
    "-",
  ];
  const { exitCode, stdout, stderr } = await keyring.run(args, text);
  if (exitCode !== 0) {
    const message = `gpg ${args.join(" ")}: exit status ${exitCode}: ${stderr.trim()}`;
    throw new TestkitError("ERR_TESTKIT_TOOL_FAILED", message, { tool: "gpg", stderr });
  }
  return stdout;
}
