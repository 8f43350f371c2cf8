/** Segments of a path, which are escaped. */
export type Path = readonly string[];

/** Parameters of a request; `URLSearchParams` where one is repeated. */
export type Query = URLSearchParams | Readonly<Record<string, string | number | boolean>>;

/** @throws Error where a part would lead elsewhere */
export function pathText(path: Path): string {
  return path
    .map((part) => {
      if (part === "" || part === "." || part === "..") throw new Error("a name in a path leads elsewhere");
      return `/${encodeURIComponent(part.toWellFormed())}`;
    })
    .join("");
}

/** With its question mark; "" for none. */
export function queryText(query: Query = {}): string {
  const parameters =
    query instanceof URLSearchParams
      ? query
      : new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]));
  return parameters.size === 0 ? "" : `?${parameters}`;
}

/** A pod's path, or that of one of its subresources. */
export function podPath(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  ...subresource: Path
): Path {
  return ["api", "v1", "namespaces", namespace, "pods", name, ...subresource];
}
