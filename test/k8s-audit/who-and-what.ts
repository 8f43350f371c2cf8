import { type Entry, plainValue } from "../../src/alert/entry.ts";

/** Alert fields with the name of the requested object. For pods, the name comes from the response. */
const OBJECT = ["ka.target.name", "ka.resp.name"];

/** Whether an alert has exactly this user and this object name. */
export function states({ names, values }: Pick<Entry, "names" | "values">, user: string, object: string): boolean {
  const of = (field: string): string | undefined => plainValue(values[names.indexOf(field)]);
  return of("ka.user.name") === user && OBJECT.some((field) => of(field) === object);
}
