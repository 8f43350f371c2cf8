import { factsOf, textOf } from "../../../src/transport/json.ts";

/** Applies a JSON merge patch (RFC 7396). */
export function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...factsOf(target) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

/**
 * Applies a JSON patch (RFC 6902) with the operations add, replace, remove and test.
 * @throws Error if it cannot be applied
 */
export function patched(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new Error("a JSON patch is a list");
  const whole: { root: unknown } = { root: structuredClone(target) };
  for (const each of patch) {
    const { op, path, value } = factsOf(each);
    if (typeof path !== "string" || (path !== "" && !path.startsWith("/"))) throw new Error("no path");
    const parts = path
      .split("/")
      .slice(1)
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = parts.pop() ?? "";
    let at: unknown = whole.root;
    for (const part of parts) at = Array.isArray(at) ? at[Number(part)] : factsOf(at)[part];
    if (typeof at !== "object" || at === null) throw new Error(`there is no ${path}`);
    apply(at, textOf(op), last, value);
  }
  return whole.root;
}

function apply(at: object, op: string, key: string, value: unknown): void {
  const has = Object.hasOwn(at, key);
  if (Array.isArray(at) && op === "add" && key === "-") at.push(value);
  else if (op === "test") {
    if (!has || JSON.stringify(Reflect.get(at, key)) !== JSON.stringify(value)) throw new Error(`${key} is another`);
  } else if (op === "add")
    Object.defineProperty(at, key, { value, enumerable: true, writable: true, configurable: true });
  else if (!has) throw new Error(`there is no ${key}`);
  else if (op === "remove") Reflect.deleteProperty(at, key);
  else if (op === "replace") Reflect.set(at, key, value);
  else throw new Error(`no operation ${op}`);
}
