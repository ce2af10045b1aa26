import { FetchError } from "./error.js";
import { escapeText } from "./escape-text.js";

/** One `machine` of a file of credentials. */
export interface AuthEntry {
  /** Without `://`; undefined stands for https. */
  readonly protocol: string | undefined;
  /** As `URL.hostname` has it. */
  readonly host: string;
  readonly port: string | undefined;
  /** What the path of a URL begins with, `/` included. */
  readonly path: string | undefined;
  readonly login: string;
  readonly password: string;
  /** Of the word `machine`, from 1. */
  readonly line: number;
}

interface Word {
  readonly text: string;
  readonly line: number;
}

/** Most characters of a file; it is a few lines for people. */
const LONGEST = 1024 * 1024;

/** Reads a file of credentials into its machines. @throws FetchError `ERR_FETCH_BAD_AUTH_FILE`. */
export function parseAuthFile(
  name: string,
  text: string,
): { entries: AuthEntry[]; remarks: string[] } {
  if (text.length > LONGEST) {
    throw bad(name, undefined, `larger than ${LONGEST} characters`);
  }
  const entries: AuthEntry[] = [];
  const remarks: string[] = [];
  const remark = (line: number, what: string) => {
    remarks.push(`${escapeText(name)}:${line}: ${what}`);
  };
  let machine: (Word & { login?: string; password?: string }) | undefined;
  const finish = () => {
    if (machine !== undefined) {
      entries.push(toEntry(name, machine));
    }
    machine = undefined;
  };
  const words = wordsOf(text);
  const next = (after: Word): Word => {
    const word = words.shift();
    if (word === undefined) {
      throw bad(name, after.line, `the file ends after "${after.text}"`);
    }
    return word;
  };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word.text === "machine") {
      finish();
      machine = { text: next(word).text, line: word.line };
    } else if (word.text === "login" || word.text === "password" || word.text === "account") {
      const value = next(word).text;
      if (machine !== undefined && word.text !== "account") {
        machine[word.text] = value;
      }
    } else if (word.text === "default") {
      finish();
      remark(word.line, '"default" is not used: a password is for the host that it names');
    } else if (word.text === "macdef") {
      finish();
      remark(word.line, "macros are not used");
      const end = endOfMacro(text, word.line);
      while (words[0] !== undefined && words[0].line < end) {
        words.shift();
      }
    } else {
      // The word itself may be a secret.
      remark(word.line, "a word that is not known is passed over");
    }
  }
  finish();
  return { entries, remarks };
}

/** Words parted by blanks; a `#` at the begin of a line makes it a comment. */
function wordsOf(text: string): Word[] {
  return text.split("\n").flatMap((line, index) =>
    line.trimStart().startsWith("#")
      ? []
      : line
          .split(/[ \t\r\f\v]+/)
          .filter((word) => word !== "")
          .map((word) => ({ text: word, line: index + 1 })),
  );
}

/** A macro ends with the first empty line; its lines are counted from 1. */
function endOfMacro(text: string, line: number): number {
  const lines = text.split("\n");
  const end = lines.findIndex((one, index) => index >= line && one.trim() === "");
  return end === -1 ? lines.length + 1 : end + 1;
}

function toEntry(
  name: string,
  machine: Word & { readonly login?: string; readonly password?: string },
): AuthEntry {
  const { text, line, login = "", password = "" } = machine;
  const [, protocol, host = "", port, path] =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?(\[[0-9A-Fa-f:.]+\]|[^/:@\s]+)(?::(\d{1,5}))?(\/.*)?$/.exec(
      text,
    ) ?? [];
  if (host === "" || !URL.canParse(`http://${host}/`)) {
    throw bad(name, line, "expected machine [protocol://]host[:port][/path]");
  }
  return {
    protocol: protocol?.toLowerCase(),
    host: new URL(`http://${host}/`).hostname,
    port: port === undefined ? undefined : String(Number(port)),
    path,
    login,
    password,
    line,
  };
}

function bad(name: string, line: number | undefined, reason: string): FetchError {
  const where = line === undefined ? "" : `line ${line}: `;
  return new FetchError("ERR_FETCH_BAD_AUTH_FILE", where + reason, {
    path: name,
    found: line === undefined ? undefined : String(line),
  });
}
