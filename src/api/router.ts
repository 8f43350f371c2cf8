import { TrieRouter } from "hono/router/trie-router";
import { type Method, methods, type Route } from "./route.ts";

/** A matched route with the values of its placeholders. */
interface Found {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

export interface Router {
  /**
   * @returns the route; if only the path matches, the supported methods of the path; for an unknown path, an empty list
   */
  find(method: string, path: string): Found | readonly Method[];
}

/** Finds routes by method and path. If several routes match, the route with the fewest placeholders is returned. */
export function routerOf(routes: readonly Route[]): Router {
  const trie = new TrieRouter<Route>();
  const names = ({ path }: Route): number => path.split("{").length;
  for (const route of routes.toSorted((a, b) => names(a) - names(b)))
    trie.add(route.method, route.path.replace(/\{(\w+)\}/g, ":$1"), route);

  function find(method: string, path: string): Found | undefined {
    if (!path.startsWith("/")) return undefined; // the trie also matches paths without the first slash
    const [found] = trie.match(method, path)[0];
    const texts = found && decoded(found[1] as Readonly<Record<string, string>>);
    return texts && { route: found[0], path: texts };
  }
  return { find: (method, path) => find(method, path) ?? methods.filter((other) => find(other, path) !== undefined) };
}

/** Decodes values; undefined if a value is not valid percent-encoded UTF-8. */
function decoded(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  try {
    return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch {
    return undefined;
  }
}
