/** Appends a path to an address. */
export function addressUnder(base: string, path: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`;
  return url;
}

/** The `Authorization` header for user and password; empty without a user. */
export function basicAuth(user: string, password: string): Readonly<Record<string, string>> {
  if (user === "") return {};
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}

/** Secrets in an address: credentials, query, and long paths. */
export function secretsOf({ username, password, pathname, search }: URL): string[] {
  const long = pathname.length > LONG_PATH ? [pathname] : [];
  const plain = decoded(password);
  return [...long, password, plain, search, search.slice(1), ...(password === "" ? [username] : [])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Maximum length of a path that is not treated as a secret. Longer paths may contain a key, as in chat webhooks. */
const LONG_PATH = 16;
