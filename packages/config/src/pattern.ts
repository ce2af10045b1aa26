import { RE2JS, RE2JSException } from "re2js";
import type { Reading } from "./reading.js";

const LOOK_AROUND = /\(\?<?[=!]/;

/**
 * A regular expression of RE2, whose time is linear in the text. It stays text: who reads the
 * configuration may have no engine for it.
 */
export function readPattern(text: string): Reading<string> {
  const allowed = "a regular expression (RE2) on package names";
  if (text === "") return { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed } };
  try {
    RE2JS.compile(text);
    return { value: text };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const reason = LOOK_AROUND.test(text)
      ? "look-ahead and look-behind are not supported"
      : error.message.replace(/^error parsing regexp: /, "");
    return { fault: { code: "ERR_CONFIG_BAD_VALUE", fact: reason, allowed } };
  }
}
