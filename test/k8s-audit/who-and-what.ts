import { type Entry, plainValue } from "../../src/alert/entry.ts";

/** Fields of an alert with the name of the object of a request: pods have theirs from the response. */
const OBJECT = ["ka.target.name", "ka.resp.name"];

/** Whether an alert states exactly this user, and this name of an object. */
export function states({ names, values }: Pick<Entry, "names" | "values">, user: string, object: string): boolean {
  const of = (field: string): string | undefined => plainValue(values[names.indexOf(field)]);
  return of("ka.user.name") === user && OBJECT.some((field) => of(field) === object);
}
