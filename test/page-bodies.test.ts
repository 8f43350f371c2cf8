import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestPage, type TestPage } from "../src/api/page.fixture.ts";
import { BASE } from "../src/api/route.ts";
import { routes } from "../src/api/routes.ts";

/** Valid bodies for all routes that read one. */
const bodies: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "/session": { token: "x" },
  "/alerts/counts": { counts: [] },
  "/alerts/changes": { filter: {}, action: "acknowledge" },
  "/alerts/changes/{id}/undo": {},
  "/alerts/{id}/state": { state: "acknowledged" },
  "/alerts/{id}/comments": { text: "x" },
  "/alerts/{id}/group": { action: "comment", text: "x" },
  "/cases": { title: "x" },
  "/cases/{id}": { action: "comment", text: "x" },
  "/alerts/{id}/exception": { fields: ["proc.name"] },
  "/exceptions": { yaml: "x" },
  "/exceptions/{id}/edit": { version: "x", yaml: "x" },
  "/exceptions/{id}/expiry": { version: "x", expires: null },
  "/exceptions/{id}/remove": { version: "x" },
  "/exceptions/{id}/revert": { version: "x" },
  "/rule-settings/{name}": { version: "", state: "shadow", priority: "Error", yaml: "x", reason: "x" },
  "/rule-settings/{name}/revert": { version: "x" },
  "/responses/pause": {},
  "/responses/resume": {},
  "/responses/release": { target: "all" },
  "/outputs/{name}/resend": {},
  "/outputs/{name}/test": {},
  "/users": { name: "zoe", role: "viewer" },
  "/users/{name}/role": { role: "viewer" },
  "/users/{name}/token": {},
};

let page: TestPage;
beforeAll(async () => {
  page = await openTestPage([]);
});
afterAll(() => page?.close());

const posts = routes.filter(({ method }) => method === "POST").map(({ path }) => path);

test("each route with a body is tested", () => {
  expect(posts.toSorted()).toEqual(Object.keys(bodies).toSorted());
});

test.each(posts)("POST %s rejects a body with an unknown key, which it names, before it acts", async (path) => {
  const body = { ...bodies[path], unknown: 1 };
  const answer = await page.ask(BASE + path.replace("{id}", "0").replace("{name}", "x"), {
    method: "POST",
    body,
    as: "admin",
  });
  expect(answer).toMatchObject({
    status: 400,
    json: { error: { code: "bad_request", message: 'The body has the unknown field "unknown".' } },
  });
  expect(page.requests).toEqual([]);
});
