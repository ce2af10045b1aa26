import { constants } from "node:os";

/** What Node says of the one reason that it has no name for: a quota that is used up. */
const NAMELESS = new RegExp(
  `Unknown system error -${constants.errno.EDQUOT}(?:: Unknown system error -${constants.errno.EDQUOT})?`,
  "g",
);

/** The code of an error; of one of the system, its name for the reason. Undefined for none. */
export function systemCode(error: Error): string | undefined {
  if ("errno" in error && error.errno === -constants.errno.EDQUOT) return "EDQUOT";
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** A message in which the system's reason has its name. */
export function withReason(message: string): string {
  return message.replace(NAMELESS, "EDQUOT");
}
