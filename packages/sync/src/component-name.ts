/** The name of a component without its prefix: security archives call `main` `updates/main`. */
export function bareComponent(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
