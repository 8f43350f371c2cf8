import { ConfigError, emptyMapping, type FilePosition, isNull, type Tree } from "../setting/tree.ts";

/** One step of a path: a key, an index in a list, or a new entry at the end of a list. */
export type Step = { readonly key: string } | { readonly index: number } | "append";

/**
 * Parses a path: keys joined by dots, `[n]` for an entry of a list, `[]` for a new entry. A backslash escapes a dot, a
 * bracket or a backslash.
 *
 *     engine.kind    rules[].disable.tag    static_fields.app\.kubernetes\.io/name
 *
 * @throws ConfigError with a message for the user
 */
export function parsePath(path: string, place: FilePosition): Step[] {
  const steps: Step[] = [];
  const wrong = (message: string): never => {
    throw new ConfigError(`Invalid key "${path}": ${message}`, place);
  };
  let at = 0;
  while (at < path.length) {
    let key = "";
    let end = at;
    for (; end < path.length && path[end] !== "." && path[end] !== "["; end++) {
      if (path[end] === "\\") {
        end++;
        if (!".[]\\".includes(path[end] ?? "x"))
          wrong("a backslash must precede a dot, a bracket or another backslash");
      }
      key += path[end];
    }
    if (key === "") wrong(`a name is missing at character ${at + 1}`);
    steps.push({ key });
    at = end;
    while (path[at] === "[") {
      const close = path.indexOf("]", at);
      const inside = close < 0 ? wrong("a closing bracket is missing") : path.slice(at + 1, close);
      if (inside === "") steps.push("append");
      else if (/^\d{1,9}$/.test(inside)) steps.push({ index: Number(inside) });
      else wrong(`"${inside}" is not a list index`);
      at = close + 1;
    }
    if (at === path.length) break;
    if (path[at] !== ".") wrong(`a dot is missing before character ${at + 1}`);
    at++;
    if (at === path.length) wrong("the key ends in a dot");
  }
  if (steps.length === 0) wrong("the key is empty");
  return steps;
}

/**
 * Sets `value` at a path. Creates missing maps and lists on the path.
 * @returns the tree; a new tree if it was undefined
 * @throws ConfigError if a value on the path is not the map or list that the path requires, or an index is out of range
 */
export function setAt(tree: Tree | undefined, steps: readonly Step[], value: Tree, path: string): Tree {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  const absent = tree === undefined || isNull(tree);
  if (step !== "append" && "key" in step) {
    const map = absent ? emptyMapping(value.place) : tree;
    if (map.kind !== "map")
      throw new ConfigError(`Cannot set "${path}": the value before "${step.key}" is not a map`, value.place);
    const entry = map.entries.get(step.key);
    if (entry === undefined)
      map.entries.set(step.key, { place: value.place, value: setAt(undefined, rest, value, path) });
    else entry.value = setAt(entry.value, rest, value, path);
    return map;
  }
  const list: Tree = absent ? { kind: "list", place: value.place, items: [] } : tree;
  if (list.kind !== "list") throw new ConfigError(`Cannot set "${path}": the value is not a list`, value.place);
  const index = step === "append" ? list.items.length : step.index;
  if (index > list.items.length) {
    throw new ConfigError(
      `Cannot set "${path}": index ${index} is out of range for a list of length ${list.items.length}`,
      value.place,
    );
  }
  list.items[index] = setAt(list.items[index], rest, value, path);
  return list;
}
