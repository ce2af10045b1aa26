import type { Credentials } from "./credentials.js";

/**
 * The `Authorization` value for a URL: its own user name and password, or what `credentials` have
 * for it. Of a user name alone, they have the password. Undefined where nothing is known.
 */
export function basicAuthorization(url: URL, credentials?: Credentials): string | undefined {
  const { username, password } = url;
  if (username === "" && password === "") {
    const found = credentials?.find(url);
    return found && basic(found.login, found.password);
  }
  const login = decode(username);
  if (password === "") {
    return basic(login, credentials?.find(url, login)?.password ?? "");
  }
  return basic(login, decode(password));
}

function basic(login: string, password: string): string {
  return `Basic ${Buffer.from(`${login}:${password}`, "utf8").toString("base64")}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
