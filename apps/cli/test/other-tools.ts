import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where other tools have put a repository, below the root of a machine. */
const PLACES = [
  "var/spool/apt-mirror/mirror/127.0.0.1",
  "srv/debmirror",
  "var/www/apt/.ubuntu-jammy.20250101_000000.000000/ubuntu-jammy",
];

/** Leaves what other tools would have; returns how to have them fetch again. */
export function leaveOtherTools(root: string, repository: string): () => void {
  const link = join(root, "var/www/apt/ubuntu-jammy");
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join(root, PLACES.at(-1) ?? ""), link);
  return () => {
    for (const place of PLACES)
      cpSync(repository, join(root, place), { recursive: true, preserveTimestamps: true });
  };
}
