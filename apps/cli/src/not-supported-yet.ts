/** Commands that are documented and not built yet; the first words that match decide. */
export const COMMANDS_NOT_SUPPORTED_YET: readonly string[] = [
  "snapshot",
  "verify",
  "status",
  "history",
  "explain",
  "diff",
  "init",
  "remove",
  "generate",
  "serve",
  "daemon",
  "completion",
];

/** Options that are documented and not built yet, and what they would do. */
export const OPTIONS_NOT_SUPPORTED_YET: Readonly<Record<string, string>> = {
  force: "take an automatic snapshot although one of its name is there",
  "allow-shrink": "publish a mirror that lost more packages at once than max_shrink allows",
  reuse: "link files of another directory instead of downloading them",
  "replace-link": "put the mirror's directory where another tool has left a link of its name",
};
