import { version } from "../src/agent/home.ts";
import { openApi, parametersOf } from "../src/api/openapi.ts";
import type { Route } from "../src/api/route.ts";
import { routes } from "../src/api/routes.ts";
import { markdownTable, type Write } from "./table.ts";

/** Returns the OpenAPI document, as served at `/api/v1/openapi.json`. */
export function openApiDocument(): string {
  return `${JSON.stringify(openApi(routes, version()), null, 1)}\n`;
}

/** The tables of docs/api.md. */
export const apiTables: Readonly<Record<string, Write>> = {
  "api-routes": () => markdownTable(["path", "role", "what it does", "parameters"], routes.map(routeRow)),
  "api-filter": () =>
    markdownTable(
      ["parameter", ""],
      Object.entries(filter()).map(([name, about]) => [`\`${name}\``, about]),
    ),
};

function routeRow(route: Route): string[] {
  const { method, path, role, about } = route;
  const names = parametersOf(route).map(({ name }) => name);
  const isFiltered = Object.keys(filter()).every((name) => names.includes(name));
  const own = names.filter((name) => !isFiltered || !Object.hasOwn(filter(), name)).map((name) => `\`${name}\``);
  const parameters = [...(isFiltered ? ["[filter](#filter)"] : []), ...own].join(", ");
  return [`\`${method} ${path}\``, role ?? "none", about, parameters];
}

/** Returns the query parameters that filter alerts, with their descriptions: the parameters of the event stream. */
function filter(): Readonly<Record<string, string>> {
  const found = routes.find(({ path }) => path === "/events");
  return Object.fromEntries(found === undefined ? [] : parametersOf(found).map(({ name, about }) => [name, about]));
}
