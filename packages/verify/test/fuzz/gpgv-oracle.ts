import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** What gpgv is asked: a signature and the data that it should fit. */
export interface Question {
  readonly signature: string | Uint8Array;
  readonly data: string | Uint8Array;
}

const WEAK_DIGESTS: ReadonlySet<string> = new Set(["1", "2", "3"]);

/**
 * Asks gpgv as apt does: accepted if one signature is good by a strong digest and none is bad.
 * The same question is asked once. A string has one character per byte.
 */
export class GpgvOracle {
  /** How often gpgv was started. */
  runs = 0;
  readonly #directory: string;
  readonly #keyring: string;
  readonly #answers = new Map<string, Promise<boolean>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(directory: string, keyring: Uint8Array) {
    this.#directory = directory;
    this.#keyring = join(directory, "oracle.gpg");
    writeFileSync(this.#keyring, keyring);
  }

  accepts(question: Question): Promise<boolean> {
    const signature = Buffer.from(question.signature as string, "latin1");
    const data = Buffer.from(question.data as string, "latin1");
    const digest = createHash("sha256").update(`${data.length}\n`).update(data).update(signature);
    const key = digest.digest("base64");
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = this.#last.then(() => this.#ask(signature, data));
    this.#last = answer.catch(() => undefined);
    this.#answers.set(key, answer);
    return answer;
  }

  #ask(signature: Buffer, data: Buffer): Promise<boolean> {
    this.runs++;
    const paths = ["oracle.sig", "oracle.data"].map((name) => join(this.#directory, name));
    const [signaturePath = "", dataPath = ""] = paths;
    writeFileSync(signaturePath, signature);
    writeFileSync(dataPath, data);
    const args = ["--status-fd", "1", "--ignore-time-conflict", "--keyring", this.#keyring];
    return new Promise((resolve, reject) => {
      execFile("gpgv", [...args, ...paths], { encoding: "latin1" }, (error, stdout) => {
        // Any exit status is an answer; not to have run is none.
        if (error !== null && typeof error.code !== "number") return reject(error);
        resolve(isGood(stdout.split("\n")));
      });
    });
  }
}

function isGood(status: readonly string[]): boolean {
  if (status.some((line) => line.startsWith("[GNUPG:] BADSIG "))) return false;
  return status.some((line) => {
    const [, keyword, , , , , , , , digest = ""] = line.split(" ");
    return keyword === "VALIDSIG" && !WEAK_DIGESTS.has(digest);
  });
}
