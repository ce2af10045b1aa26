import type { Round } from "./each-mirror.js";
import type { Gate } from "./gate.js";
import type { Moving } from "./move-together.js";

/** Lets the gate judge what is to be shown in an environment. */
export function judgeByGate(round: Round, gate: Gate): NonNullable<Moving["judge"]> {
  return async (open, { snapshot }, shown) => {
    const verdict = await gate.pass(round, open, { snapshot, shown });
    const unsigned = open.mirror.noPgpCheck ? { signatures: "unchecked" } : {};
    return { note: { gate: verdict.result, ...unsigned }, facts: { gate: verdict } };
  };
}
