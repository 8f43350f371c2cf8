import { TrieRouter } from "hono/router/trie-router";
import { type Method, methods, type Route } from "./route.ts";

/** A route that was found, with the texts that stand for names in its path. */
interface Found {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

export interface Router {
  /** @returns the route; the methods that the path has, where it has others; none, where there is no such path */
  find(method: string, path: string): Found | readonly Method[];
}

/** Finds routes by method and path. Of two that fit, the one with fewer names in its path is taken. */
export function routerOf(routes: readonly Route[]): Router {
  const trie = new TrieRouter<Route>();
  const names = ({ path }: Route): number => path.split("{").length;
  for (const route of routes.toSorted((a, b) => names(a) - names(b)))
    trie.add(route.method, route.path.replace(/\{(\w+)\}/g, ":$1"), route);

  function find(method: string, path: string): Found | undefined {
    if (!path.startsWith("/")) return undefined; // the trie would add the slash
    const [found] = trie.match(method, path)[0];
    const texts = found && decoded(found[1] as Readonly<Record<string, string>>);
    return texts && { route: found[0], path: texts };
  }
  return { find: (method, path) => find(method, path) ?? methods.filter((other) => find(other, path) !== undefined) };
}

/** Undefined where a text is not percent-encoded UTF-8. */
function decoded(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  try {
    return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch {
    return undefined;
  }
}
