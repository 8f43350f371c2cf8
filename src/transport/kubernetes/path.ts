/** Segments of a path, which are escaped. */
export type Path = readonly string[];

/** Parameters of a request; `URLSearchParams` if one is repeated. */
export type Query = URLSearchParams | Readonly<Record<string, string | number | boolean>>;

/** @throws Error for a segment that would change the path */
export function pathText(path: Path): string {
  return path
    .map((part) => {
      if (part === "" || part === "." || part === "..") throw new Error("a name is not a valid path segment");
      return `/${encodeURIComponent(part.toWellFormed())}`;
    })
    .join("");
}

/** The query with its question mark; "" for none. */
export function queryText(query: Query = {}): string {
  const parameters =
    query instanceof URLSearchParams
      ? query
      : new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]));
  return parameters.size === 0 ? "" : `?${parameters}`;
}

/** The path of a pod, or of one of its subresources. */
export function podPath(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  ...subresource: Path
): Path {
  return ["api", "v1", "namespaces", namespace, "pods", name, ...subresource];
}
