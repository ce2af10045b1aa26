import { constants } from "node:os";

/** The code of an error; of one of the system, its name for the reason. Undefined for none. */
export function systemCode(error: Error): string | undefined {
  // The one that Node has no name for: it says "Unknown system error -122".
  if ("errno" in error && error.errno === -constants.errno.EDQUOT) return "EDQUOT";
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
