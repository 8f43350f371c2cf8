/** Segments of a path, before escaping. */
export type Path = readonly string[];

/** Query parameters; `URLSearchParams` if a parameter is repeated. */
export type Query = URLSearchParams | Readonly<Record<string, string | number | boolean>>;

/** @throws Error if a segment would change the path */
export function pathText(path: Path): string {
  return path
    .map((part) => {
      if (part === "" || part === "." || part === "..") throw new Error("a name is not a valid path segment");
      return `/${encodeURIComponent(part.toWellFormed())}`;
    })
    .join("");
}

/** The query with its question mark; empty without parameters. */
export function queryText(query: Query = {}): string {
  const parameters =
    query instanceof URLSearchParams
      ? query
      : new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]));
  return parameters.size === 0 ? "" : `?${parameters}`;
}

/** Path of a pod, or of a subresource. */
export function podPath(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  ...subresource: Path
): Path {
  return ["api", "v1", "namespaces", namespace, "pods", name, ...subresource];
}
