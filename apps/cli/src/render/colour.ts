import { styleText } from "node:util";
import type { Host, Output } from "../host.js";

/** True if text to `output` may carry colours: a terminal, and nobody has asked for none. */
export function mayColour(output: Output, env: Host["env"], noColor: boolean): boolean {
  if (noColor || (env.NO_COLOR ?? "") !== "") return false;
  const forced = env.FORCE_COLOR ?? "";
  if (forced !== "") return forced !== "0";
  return output.isTTY === true && env.TERM !== "dumb";
}

/** `text` in a style of `util.styleText`, whatever the stream; the caller has decided. */
export function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { validateStream: false });
}
