/** A directory below which a repository may lie, and what the path there begins with. */
interface Repository {
  readonly id: string;
  readonly urls: readonly string[];
}

/**
 * Where below a directory other tools put a repository, each empty or ending in `/`: at its root
 * (debmirror, a disk), by its mirror's name, and by host and path of its URL, perhaps below `mirror`
 * (apt-mirror, which drops user and port).
 */
export function planPrefixes({ id, urls }: Repository): string[] {
  const byUrl = urls.flatMap((text) => {
    const { hostname, pathname } = new URL(text);
    const path = safeSegments(hostname, pathname);
    return path === undefined ? [] : [path, `mirror/${path}`];
  });
  return [...new Set(["", `${id}/`, ...byUrl])];
}

function safeSegments(hostname: string, pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  const segments = [hostname, ...decoded.split("/")].filter((one) => one !== "" && one !== ".");
  if (segments.includes("..") || decoded.includes("\0")) return undefined;
  return segments.map((segment) => `${segment}/`).join("");
}
