export { acceptUnverified } from "./accept-unverified.js";
export { armorKeys } from "./armor-keys.js";
export { armorPublicKey } from "./armor-public-key.js";
export { armorSignature } from "./armor-signature.js";
export { clearsignText } from "./clearsign-text.js";
export { verifyDetached } from "./detached.js";
export {
  type FaultReason,
  type SignatureFault,
  VerifyError,
  type VerifyErrorCode,
  type VerifyErrorFacts,
} from "./error.js";
export { verifyInRelease } from "./in-release.js";
export {
  type Keyring,
  type KeyringFile,
  type KeyringKey,
  readKeyring,
  type SkippedKey,
} from "./keyring.js";
export type { KeyringSigner } from "./keyring-signers.js";
export type { Policy } from "./policy.js";
export { signDetached } from "./sign-detached.js";
export {
  type GoodSignature,
  SignedText,
  type VerifyWarning,
  type VerifyWarningCode,
} from "./signed-text.js";
export { checkSigningKey, type Signer, type SignOptions } from "./signer.js";
export { readSigningKey, type SigningKey, type SigningKeyOptions } from "./signing-key.js";
