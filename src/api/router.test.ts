import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Method, type Route, route } from "./route.ts";
import { routerOf } from "./router.ts";
import { routes } from "./routes.ts";
import { object } from "./schema.ts";

const at = (method: Method, path: string): Route =>
  route({ method, path, role: "viewer", about: "", answer: object({}), take: () => ({ json: {} }) });
const table = [
  at("GET", "/a/{id}"),
  at("GET", "/a/b"),
  at("POST", "/a/{id}/c"),
  at("DELETE", "/a/{id}"),
  at("GET", "/a"),
];
const router = routerOf(table);

test.each([
  ["GET", "/a", 4, {}],
  ["GET", "/a/x", 0, { id: "x" }],
  ["GET", "/a/b", 1, {}],
  ["DELETE", "/a/b", 3, { id: "b" }],
  ["POST", "/a/b/c", 2, { id: "b" }],
  ["GET", "/a/x%2Fy%20%25", 0, { id: "x/y %" }],
  ["GET", "/a/:id", 0, { id: ":id" }],
  ["GET", "/a/__proto__", 0, { id: "__proto__" }],
])("%s %s is found; literal paths take precedence over placeholders", (method, path, index, texts) => {
  expect(router.find(method, path)).toEqual({ route: table[index], path: texts });
});

test.each(["", "a", "/", "//a", "/a/", "/a//c", "/a/x/c/", "/a/%ff", "/a/%", "/A", "/*", "/a/x/d"])(
  "%j matches no route",
  (path) => {
    expect(router.find("GET", path)).toEqual([]);
  },
);

test("for an unsupported method, the supported methods are returned", () => {
  expect(router.find("PUT", "/a/x")).toEqual(["GET", "DELETE"]);
  expect(router.find("GET", "/a/x/c")).toEqual(["POST"]);
});

test("every route is found by its own path", () => {
  const all: readonly Route[] = routes;
  const found = routerOf(all);
  expect(new Set(all.map(({ method, path }) => `${method} ${path}`)).size).toBe(all.length);
  for (const one of all)
    expect(found.find(one.method, one.path.replace(/\{\w+\}/g, "x"))).toMatchObject({ route: one });
});

test("every route in the files in routes/ is in the list", async () => {
  const folder = join(import.meta.dirname, "routes");
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts") && !/\.(?:test|fixture)\.ts$/.test(file));
  const exported = await Promise.all(
    files.map(async (file) => Object.values<unknown>(await import(join(folder, file)))),
  );
  const isRoute = (value: unknown): boolean =>
    typeof value === "object" && value !== null && "method" in value && "path" in value && "take" in value;
  const described = exported.flat().filter(isRoute);
  expect(new Set(described)).toEqual(new Set(routes));
});
