/** Commands that are documented and not built yet; the first words that match decide. */
export const COMMANDS_NOT_SUPPORTED_YET: readonly string[] = [
  "snapshot",
  "verify",
  "status",
  "history",
  "explain",
  "diff",
  "check tls",
  "init",
  "remove",
  "generate",
  "serve",
  "daemon",
  "completion",
];

/** Options that are documented and not built yet, with the command they belong to. */
export const OPTIONS_NOT_SUPPORTED_YET: readonly string[] = [
  "force",
  "allow-shrink",
  "reuse",
  "replace-link",
];
