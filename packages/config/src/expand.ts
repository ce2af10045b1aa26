import type { Reading } from "./reading.js";

/** Where `${NAME}` and `~` get their values from. */
export interface Names {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home directory that `~` stands for. */
  readonly home?: string | undefined;
}

// What would move the border between credentials, host and path of a URL.
const BREAKS_USERINFO = /[\s/?#@\\]/;

/**
 * A path or URL with each `${NAME}` and a leading `~` replaced, once and without looking at the
 * result again; an empty variable counts as undefined.
 */
export function expand(text: string, { env, home }: Names): Reading<string> {
  let rest = text;
  // What the home directory's name holds is no placeholder: the search begins behind it.
  let start = 0;
  if (text === "~" || text.startsWith("~/")) {
    if (!home) return undefinedName("~", "no home directory is known");
    rest = home.replace(/\/+$/, "") + text.slice(1);
    start = rest.length - text.length + 1;
  }
  const userinfo = /:\/\/[^/?#]*@/.exec(rest);
  const userinfoEnd = userinfo === null ? -1 : userinfo.index + userinfo[0].length;
  let expanded = rest.slice(0, start);
  let from = start;
  for (let open = rest.indexOf("${", from); open !== -1; open = rest.indexOf("${", from)) {
    const name = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}/.exec(rest.slice(open))?.[1];
    if (name === undefined) {
      return {
        fault: { code: "ERR_CONFIG_BAD_VALUE", allowed: `\${NAME} with a variable's name` },
      };
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (!value) return undefinedName(`\${${name}}`, "the variable is not set");
    if (open < userinfoEnd && BREAKS_USERINFO.test(value)) {
      const fact = `the value of \${${name}} must be percent-encoded to stand before @`;
      return { fault: { code: "ERR_CONFIG_BAD_URL", fact, found: null } };
    }
    expanded += rest.slice(from, open) + value;
    from = open + name.length + 3;
  }
  return { value: expanded + rest.slice(from) };
}

function undefinedName(name: string, reason: string): Reading<never> {
  return {
    fault: {
      code: "ERR_CONFIG_UNDEFINED_NAME",
      fact: `cannot expand ${name}: ${reason}`,
      found: null,
    },
  };
}
