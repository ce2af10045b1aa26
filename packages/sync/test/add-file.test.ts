import { describe, expect, it } from "vitest";
import { addFile } from "../src/add-file.js";
import type { PoolFile } from "../src/pool-files.js";

const file = (path: string, digests: PoolFile["digests"] = { sha256: "a".repeat(64) }) => ({
  path,
  size: 1,
  digests,
  suite: "stable",
});

describe("files that indices name", () => {
  it("are held each once, with every digest that is listed", () => {
    const files = new Map<string, PoolFile>();
    addFile(files, file("pool/a"));
    addFile(files, file("pool/a", { sha256: "a".repeat(64), md5: "b".repeat(32) }));
    expect([...files.values()].map(({ digests }) => Object.keys(digests))).toEqual([
      ["sha256", "md5"],
    ]);
  });

  it("are refused where there are too many, which costs memory", () => {
    const files = new Map<string, PoolFile>();
    addFile(files, file("pool/a"), 2);
    addFile(files, file("pool/b"), 2);
    addFile(files, file("pool/b"), 2);
    expect(() => addFile(files, file("pool/c"), 2)).toThrow(
      expect.objectContaining({ code: "ERR_SYNC_BAD_INDEX" }),
    );
  });
});
