import type { Overlay } from "./env.js";
import { isWithin } from "./places.js";
import type { Report } from "./report.js";
import type { RootLayer } from "./validate.js";

/**
 * Reports keys of `sign` of a mirror that names no key to sign with, patches of indices that a Release
 * of the mirror's own does not list, and secrets that lie where the mirrors are served from.
 */
export function checkSign(root: RootLayer, overlay: Overlay, report: Report): void {
  const dir = overlay.dir ?? root.dir;
  for (const [id, own] of root.mirrors) {
    const sign = { ...root.defaults.sign, ...own.sign };
    const indices = { ...root.defaults.indices, ...own.indices };
    const table = (name: "sign" | "indices", key: string) =>
      own[name] !== undefined && key in own[name] ? ["mirrors", id, name] : ["defaults", name];
    for (const key of ["key_path", "passphrase_file"] as const) {
      const path = sign[key];
      if (path === undefined || dir === undefined || !isWithin(path, dir)) continue;
      const fact = `lies below dir (${dir}), which a web server shows to everybody`;
      report.add([...table("sign", key), key], { code: "ERR_CONFIG_CONFLICT", fact, found: null });
    }
    if (sign.key_path === undefined) {
      if (report.isExplained(["mirrors", id, "sign", "key_path"])) continue;
      if (report.isExplained(["defaults", "sign", "key_path"])) continue;
      for (const key of ["passphrase_file", "valid_for"] as const) {
        if (sign[key] === undefined) continue;
        const fact = `mirror ${id} has no key_path, without which nothing is signed`;
        report.add([...table("sign", key), key], {
          code: "ERR_CONFIG_CONFLICT",
          fact,
          found: null,
        });
      }
    } else if (indices.pdiffs === true) {
      const fact = `mirror ${id} signs its own Release, for which upstream's patches are of no use`;
      report.add([...table("indices", "pdiffs"), "pdiffs"], {
        code: "ERR_CONFIG_CONFLICT",
        fact,
        found: null,
      });
    }
  }
}
