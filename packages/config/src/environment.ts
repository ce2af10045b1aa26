import type { Names } from "./expand.js";
import { readPath } from "./path.js";
import type { Fault, Reading } from "./reading.js";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
const ALLOWED = "a name such as staging, or an absolute path";
const PLACEHOLDER = "{mirror}";

/** An environment: a name in the mirror's own directory, or an absolute path, `{mirror}` left in it. */
export function readEnvironment(text: string, names: Names): Reading<string> {
  return /[/~$]/.test(text) ? readPlace(text, names) : readName(text);
}

/** The environment of one mirror: its id takes the place of each `{mirror}` of a path. */
export function expandEnvironment(environment: string, id: string): string {
  return environment.replaceAll(PLACEHOLDER, id);
}

/** Whether mirrors that share the environment get places of their own. */
export function isPerMirror(environment: string): boolean {
  return !environment.startsWith("/") || environment.includes(PLACEHOLDER);
}

function readName(text: string): Reading<string> {
  if (text === "latest" || text === "snapshots") {
    const fact = `another link of the mirror has the name ${text}`;
    return bad({ code: "ERR_CONFIG_BAD_VALUE", fact, found: null });
  }
  return NAME.test(text) ? { value: text } : bad({ code: "ERR_CONFIG_BAD_VALUE" });
}

function readPlace(text: string, names: Names): Reading<string> {
  const reading = readPath(text, names);
  if ("fault" in reading) {
    const { fault } = reading;
    return fault.fact === undefined && !/^[/~$]/.test(text) ? bad(fault) : reading;
  }
  const segments = reading.value.split("/");
  // What `..` leads to is not known before the pointer is made, nor what it would collide with.
  if (segments.includes("..")) {
    return bad({ code: "ERR_CONFIG_BAD_PATH", fact: "the path must not hold .." });
  }
  if (segments.at(-1)?.startsWith(".")) {
    const fact = "the last name of the path must not begin with a dot";
    return bad({ code: "ERR_CONFIG_BAD_PATH", fact });
  }
  if (/\{\w*\}/.test(reading.value.replaceAll(PLACEHOLDER, ""))) {
    const fact = `the only placeholder is ${PLACEHOLDER}`;
    return bad({ code: "ERR_CONFIG_BAD_PATH", fact });
  }
  return reading;
}

function bad(fault: Fault): { fault: Fault } {
  return { fault: { ...fault, allowed: ALLOWED } };
}
