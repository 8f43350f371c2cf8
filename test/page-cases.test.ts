// Cases of the web UI's API over HTTP.
import { afterAll, beforeAll, expect, test } from "vitest";
import { isObject } from "../src/api/object.ts";
import { openTestPage, type TestPage } from "../src/api/page.fixture.ts";
import { MAX_CASE_ITEMS } from "../src/api/store/case-states.ts";
import { entry } from "../src/journal/alerts.fixture.ts";

const API = "/api/v1";
let page: TestPage;
let ids: readonly string[];

beforeAll(async () => {
  page = await openTestPage(Array.from({ length: MAX_CASE_ITEMS + 1 }, (_, i) => entry(i + 1)));
  const { json } = await page.ask(`${API}/alerts?limit=1000&order=oldest`, { as: "viewer" });
  const alerts = isObject(json) && Array.isArray(json.alerts) ? json.alerts : [];
  ids = alerts.map(({ id }: { id: string }) => id);
});
afterAll(() => page.close());

const send = (path: string, body: Readonly<Record<string, unknown>>, as: "responder" | "viewer" = "responder") =>
  page.ask(API + path, { method: "POST", as, body });
const get = (path: string) => page.ask(API + path, { as: "viewer" });

async function opened(title: string): Promise<string> {
  const { status, json, text } = await send("/cases", { title });
  expect(status, text).toBe(200);
  return isObject(json) ? String(json.id) : "";
}

test("a case collects alerts and groups, and its alerts state it", async () => {
  const id = await opened(" Break-in ");
  expect((await send(`/cases/${id}`, { action: "add_alert", alert: ids[0] })).status).toBe(200);
  expect((await send(`/cases/${id}`, { action: "add_group", alert: ids[1] })).status).toBe(200);
  for (const alert of [ids[1], ids[2]]) {
    const again = await send(`/cases/${id}`, { action: "add_group", alert });
    expect([again.status, again.text]).toEqual([409, expect.stringContaining("already contains this group")]);
  }
  expect((await send(`/cases/${id}`, { action: "comment", text: "Seen." })).status).toBe(200);
  const { json } = await get(`/cases/${id}`);
  expect(json).toMatchObject({
    ...{ id, title: "Break-in", owner: "rita", closed: false, alerts: 1, groups: 1 },
    items: [
      { id: ids[0], kind: "alert", label: "File read, cat", alert: { state: "open" } },
      { id: ids[1], kind: "group", group: { count: ids.length, open: ids.length } },
    ],
    changes: [{ action: "open" }, { action: "add_alert" }, { action: "add_group" }, { action: "comment" }],
  });
  expect((await get(`/alerts/${ids[0]}`)).json).toMatchObject({
    comments: [{ text: `Added to case ${id}: Break-in` }],
  });
  expect((await get(`/alerts/${ids[0]}/group`)).json).toMatchObject({
    changes: [{ action: "comment", text: `Added to case ${id}: Break-in` }],
  });
  const exported = await get(`/cases/${id}/export`);
  expect(exported.headers["content-disposition"]).toBe(`attachment; filename="case-${id}.md"`);
  expect(exported.text).toContain(`# Case ${id}: Break\\-in`);
});

test("a case is renamed, assigned, closed and reopened, and is listed by its state", async () => {
  const id = await opened("One");
  await send(`/cases/${id}`, { action: "rename", text: "Two" });
  await send(`/cases/${id}`, { action: "assign", owner: "vera" });
  await send(`/cases/${id}`, { action: "close", text: "Done" });
  const listed = async (state: string): Promise<unknown> => (await get(`/cases?state=${state}`)).json;
  expect(await listed("closed")).toMatchObject({ cases: [{ id, title: "Two", owner: "vera", closed: true }] });
  await send(`/cases/${id}`, { action: "reopen" });
  await send(`/cases/${id}`, { action: "assign", owner: "" });
  expect(await listed("closed")).toEqual({ cases: [], next: null });
  const { json } = await get("/cases?limit=1");
  expect(json).toMatchObject({ cases: [{ id, closed: false }], next: "1" });
  expect(isObject(json) && Array.isArray(json.cases) && Object.hasOwn(json.cases[0], "owner")).toBe(false);
});

test("an alert is in a case once, can be removed, and the number of alerts is limited", async () => {
  const id = await opened("Full");
  for (const alert of ids.slice(0, MAX_CASE_ITEMS))
    expect((await send(`/cases/${id}`, { action: "add_alert", alert })).status).toBe(200);
  const again = await send(`/cases/${id}`, { action: "add_alert", alert: ids[0] });
  expect([again.status, again.text]).toEqual([409, expect.stringContaining("already contains")]);
  const excess = await send(`/cases/${id}`, { action: "add_alert", alert: ids[MAX_CASE_ITEMS] });
  expect([excess.status, excess.text]).toEqual([409, expect.stringContaining(`at most ${MAX_CASE_ITEMS}`)]);
  expect((await send(`/cases/${id}`, { action: "remove_alert", alert: ids[0] })).status).toBe(200);
  expect((await send(`/cases/${id}`, { action: "remove_alert", alert: ids[0] })).status).toBe(404);
  expect((await send(`/cases/${id}`, { action: "add_alert", alert: ids[MAX_CASE_ITEMS] })).status).toBe(200);
});

test("invalid changes are rejected", async () => {
  const id = await opened("Strict");
  for (const [body, message] of [
    [{ action: "comment" }, 'requires \\"text\\"'],
    [{ action: "comment", text: " " }, 'requires \\"text\\"'],
    [{ action: "reopen", text: "x" }, 'does not use \\"text\\"'],
    [{ action: "assign" }, 'requires \\"owner\\"'],
    [{ action: "close", text: "x", owner: "vera" }, 'does not use \\"owner\\"'],
    [{ action: "add_alert" }, 'requires \\"alert\\"'],
    [{ action: "rename", text: "x".repeat(201) }, "at most 200"],
    [{ action: "open" }, "action"],
  ] as const) {
    const { status, text } = await send(`/cases/${id}`, body);
    expect([status, text]).toEqual([400, expect.stringContaining(message)]);
  }
  expect((await send(`/cases/${id}`, { action: "add_alert", alert: "x" })).status).toBe(404);
  expect((await send("/cases/999", { action: "reopen" })).status).toBe(404);
  expect((await send("/cases/x", { action: "reopen" })).status).toBe(404);
  expect((await send("/cases", { title: " " })).status).toBe(400);
  expect((await send("/cases", { title: "x" }, "viewer")).status).toBe(403);
  expect((await get("/cases?cursor=x")).status).toBe(400);
});
