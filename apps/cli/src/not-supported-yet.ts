/** Commands that are documented and not built yet; the first words that match decide. */
export const COMMANDS_NOT_SUPPORTED_YET: readonly string[] = [
  "init",
  "generate nginx",
  "generate apache",
  "generate caddy",
  "generate rsyncd",
  "generate systemd",
  "generate cron",
  "generate logrotate",
  "generate prometheus",
  "serve",
  "daemon",
  "completion",
];
