import { location } from "../../ui-shared/page/router.ts";

/** Returns the URL of the current view with changed parameters; an empty value removes a parameter. */
export function withParameters(change: Readonly<Record<string, string>>): string {
  const { pathname, searchParams } = location.peek();
  const parameters = new URLSearchParams(searchParams);
  for (const [name, value] of Object.entries(change)) {
    if (value === "") parameters.delete(name);
    else parameters.set(name, value);
  }
  return parameters.size === 0 ? pathname : `${pathname}?${parameters}`;
}
