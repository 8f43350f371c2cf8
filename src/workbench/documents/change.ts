import { isArray, isObject, type Json, type JsonObject, member } from "../../event/document.ts";
import { pointer } from "../../field/json-value.ts";
import type { Location } from "../../rule/location.ts";
import { TestFault } from "../reading.ts";

/**
 * Merges changes into a document: objects are merged by key, null removes an existing key, any other value replaces the
 * old one. A key that begins with a slash is a JSON pointer: `/spec/containers/0/image`.
 */
export function changed(base: Json | undefined, change: JsonObject, place: Location): JsonObject {
  let result: Readonly<Record<string, Json>> = isObject(base) ? base : {};
  for (const [key, value] of Object.entries(change)) {
    const steps = key.startsWith("/") ? pointer(key) : [key];
    const next = put(result, steps, value, place);
    if (!isObject(next)) throw new TestFault(`"${key}" cannot be set in the document.`, place);
    result = next;
  }
  return result;
}

function put(base: Json | undefined, steps: readonly string[], value: Json, place: Location): Json {
  const [step, ...rest] = steps;
  if (step === undefined) return isObject(value) ? changed(base, value, place) : value;
  if (isArray(base)) {
    const index = /^[0-9]+$/.test(step) ? Number(step) : -1;
    if (index < 0 || index > base.length) {
      throw new TestFault(`Index "${step}" is out of range for a list of length ${base.length}.`, place);
    }
    const items = [...base];
    items[index] = put(base[index], rest, value, place);
    return items;
  }
  const object: Record<string, Json> = isObject(base) ? { ...base } : {};
  if (rest.length === 0 && value === null && Object.hasOwn(object, step)) delete object[step];
  else object[step] = put(member(base, step), rest, value, place);
  return object;
}
