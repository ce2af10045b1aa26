import type { Case } from "./case.js";
import { detachedCases } from "./detached-cases.js";
import { framingCases } from "./framing-cases.js";
import { keyCases } from "./key-cases.js";
import { createKey } from "./material.js";
import { signatureCases } from "./signature-cases.js";

/** Every case, friendly and hostile, made anew with OpenPGP.js. */
export async function makeCases(): Promise<Case[]> {
  const key = await createKey();
  const other = await createKey({ userId: "Somebody Else" });
  return [
    ...(await framingCases(key)),
    ...(await signatureCases(key, other)),
    ...(await keyCases(key)),
    ...(await detachedCases(key, other)),
  ];
}
