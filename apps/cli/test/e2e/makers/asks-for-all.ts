/** Lines for `apt.conf` that make apt ask for every index that the programs around it ask for: apt-file, command-not-found, appstream with all sizes of icons. */
export const ASKS_FOR_ALL = `Acquire::IndexTargets {
${target("deb::Contents-deb", "$(COMPONENT)/Contents-$(ARCHITECTURE)", 'PDiffs "true";')}
${target("deb::Contents-suite", "Contents-$(ARCHITECTURE)", 'PDiffs "true";')}
${target("deb::CNF", "$(COMPONENT)/cnf/Commands-$(NATIVE_ARCHITECTURE)")}
${target("deb::DEP-11", "$(COMPONENT)/dep11/Components-$(NATIVE_ARCHITECTURE).yml")}
${["48x48", "64x64", "64x64@2", "128x128"]
  .map((size) => target(`deb::icons-${size}`, `$(COMPONENT)/dep11/icons-${size}.tar`))
  .join("\n")}
};
`;

function target(name: string, key: string, more = ""): string {
  const short = key.split("/").at(-1);
  return `  ${name} { MetaKey "${key}"; ShortDescription "${short}"; Description "$(RELEASE) ${key}"; KeepCompressed "true"; ${more} };`;
}
