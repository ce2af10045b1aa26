import { spawnSync } from "node:child_process";
import { createRandom } from "./random.mjs";

/** Versions close enough to each other that every rule of the order decides some pair. */
export function versionPairs(count, seed) {
  const random = createRandom(seed);
  const digits = ["0", "1", "2", "9", "10", "00", "01", "100", "99999999999"];
  const glue = [".", "+", "~", "a", "Z", "rc", "-", "~~", ".~", "", ":"];
  const versions = (epoch) => {
    let version = "1";
    for (let parts = random.next(4); parts > 0; parts--) {
      const separator = random.pick(glue);
      version += (separator === ":" && !epoch ? "." : separator) + random.pick(digits);
    }
    return version + random.pick(["", "-0", "-1", "-1~", "-00", "-a", "-1.1", "-~", "-1+b1"]);
  };
  const one = () => {
    const epoch = random.pick(["", "", "0:", "1:", "10:"]);
    return epoch + versions(epoch !== "");
  };
  return Array.from({ length: count }, () => [one(), one()]);
}

/** The pairs that dpkg, asked once for each, orders otherwise than `compare` does. */
export function disagreements(pairs, compare) {
  const script =
    'while read -r a op b; do dpkg --compare-versions "$a" "$op" "$b" && echo yes || echo no; done';
  const claims = pairs.map(
    ([a, b]) => `${a} ${["lt", "eq", "gt"][1 + Math.sign(compare(a, b))]} ${b}`,
  );
  const { stdout, status } = spawnSync("sh", ["-c", script], {
    input: claims.map((claim) => `${claim}\n`).join(""),
    stdio: ["pipe", "pipe", "ignore"],
    maxBuffer: 1 << 26,
    encoding: "utf8",
  });
  const answers = stdout.trim().split("\n");
  if (status !== 0 || answers.length !== pairs.length) throw new Error("dpkg cannot be run");
  return claims.filter((_claim, index) => answers[index] !== "yes");
}
