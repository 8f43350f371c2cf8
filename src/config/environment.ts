import type { Tree } from "../setting/tree.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Replaces `${NAME}` with the value of the environment variable (empty if it is not set), and `$${NAME}` with
 * `${NAME}`.
 */
export function expandText(text: string, environment: Environment): string {
  if (!text.includes("${")) return text;
  return text.replace(/\$?\$\{([^}]*)\}/g, (all, name: string) =>
    all.startsWith("$$") ? all.slice(1) : (environment[name] ?? ""),
  );
}

/** Expands environment variables in all scalar values of a tree, but not in keys. */
export function expand(tree: Tree, environment: Environment): Tree {
  if (tree.kind === "scalar") return { ...tree, text: expandText(tree.text, environment) };
  if (tree.kind === "list") return { ...tree, items: tree.items.map((item) => expand(item, environment)) };
  for (const entry of tree.entries.values()) entry.value = expand(entry.value, environment);
  return tree;
}
