import { ConfigError, type FilePosition, type Tree } from "../setting/tree.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Maximum number of variables in a value, including variables in the values of variables, since these can refer to each
 * other endlessly.
 */
const MAX_VARIABLES = 1000;
/** Maximum length of a value after variables are expanded, in characters. */
const MAX_LENGTH = 1 << 20;

/**
 * Replaces `${NAME}` with the value of the environment variable (empty if it is not set), and `$${NAME}` with
 * `${NAME}`. Like in Falco, variables in the value of a variable are also replaced.
 * @throws ConfigError with the position if there are too many variables, for example because a variable refers to
 * itself
 */
export function expandText(text: string, environment: Environment, place: FilePosition): string {
  let done = "";
  let rest = text;
  for (let variables = 0; ; ) {
    const start = rest.indexOf("${");
    const end = rest.indexOf("}", start);
    if (start < 0 || end < 0) return done + rest;
    if (rest[start - 1] === "$") {
      done += rest.slice(0, start - 1) + rest.slice(start, start + 2);
      rest = rest.slice(start + 2);
      continue;
    }
    const name = rest.slice(start + 2, end);
    done += rest.slice(0, start);
    rest = (environment[name] ?? "") + rest.slice(end + 1);
    if (++variables > MAX_VARIABLES || done.length + rest.length > MAX_LENGTH) throw tooLong(name, place);
  }
}

function tooLong(name: string, place: FilePosition): ConfigError {
  const limits = `${MAX_VARIABLES} variables or ${MAX_LENGTH >> 20} MiB`;
  return new ConfigError(
    `With its environment variables expanded, the value exceeds ${limits}; check whether \${${name}} refers to itself`,
    place,
  );
}

/**
 * Expands environment variables in all scalar values of a tree, but not in keys.
 * @throws ConfigError if a value exceeds the limits
 */
export function expand(tree: Tree, environment: Environment): Tree {
  if (tree.kind === "scalar") return { ...tree, text: expandText(tree.text, environment, tree.place) };
  if (tree.kind === "list") return { ...tree, items: tree.items.map((item) => expand(item, environment)) };
  for (const entry of tree.entries.values()) entry.value = expand(entry.value, environment);
  return tree;
}
