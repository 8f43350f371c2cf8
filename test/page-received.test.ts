// Alerts from external senders are marked as received, whatever fields they have.
import { afterEach, expect, test } from "vitest";
import { isObject } from "../src/api/object.ts";
import { openTestPage, type TestPage } from "../src/api/page.fixture.ts";
import { alertPage } from "../src/cli/alert-text.ts";
import { entry } from "../src/journal/alerts.fixture.ts";

let page: TestPage | undefined;
afterEach(async () => {
  await page?.close();
  page = undefined;
});

test("the API marks received alerts, in lists and details", async () => {
  page = await openTestPage([entry(1), entry(1, { received: true })]);
  const { json } = await page.ask("/api/v1/alerts?order=oldest", { as: "viewer" });
  const alerts = isObject(json) && Array.isArray(json.alerts) ? json.alerts.filter(isObject) : [];
  expect(alerts.map(({ received }) => received)).toEqual([undefined, true]);
  const one = await page.ask(`/api/v1/alerts/${alerts[1]?.id}`, { as: "viewer" });
  expect(one.json).toMatchObject({ received: true, hostname: "node-1" });
});

test("eyas alerts --show marks received alerts", () => {
  const kept = { ...entry(1), seq: 1, id: "0199c5a0-7c3a-7d11-9d5c-0242ac120002" };
  const { output: _, background: __, ...alert } = kept;
  expect(alertPage(alert, [], 0)).toMatch(/^Host +node-1$/m);
  expect(alertPage({ ...alert, received: true }, [], 0)).toMatch(/^Host +node-1 \(unverified, from the sender\)$/m);
});
