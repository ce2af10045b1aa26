import { parseDuration } from "@mirror/config";
import { CliError } from "./error.js";

/**
 * An age from the command line, in ms.
 * @throws CliError ERR_CLI_USAGE.
 */
export function readAge(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDuration(text);
  } catch (cause) {
    const expected = "a duration such as 30d, 26h or 1d12h";
    const message = `${option}: expected ${expected}, found "${text}"`;
    throw new CliError("ERR_CLI_USAGE", message, { expected, found: text, cause });
  }
}
