import { afterAll, beforeAll, expect, test } from "vitest";
import { silenceEvent } from "../agent/page/silent-machine.ts";
import { defaultAlertOptions } from "../alert/alert.ts";
import { entryOf } from "../alert/entry.ts";
import { internalAlert } from "../alert/internal.ts";
import { entry } from "../journal/alerts.fixture.ts";
import { idText } from "../journal/id.ts";
import { openTestPage, type TestPage } from "./page.fixture.ts";
import { exportCase } from "./routes/cases.ts";
import { changeGroup } from "./routes/groups.ts";
import type { Store } from "./store/store.ts";

const API = "/api/v1";
let page: TestPage;
beforeAll(async () => {
  page = await openTestPage([]);
});
afterAll(() => page.close());

/** Stores an alert and changes its group. @returns the status and the body of the response */
async function changed(alert: Parameters<TestPage["append"]>[0][number], body: Readonly<Record<string, unknown>>) {
  const [id] = page.writer.append([alert]);
  const path = `${API}/alerts/${id === undefined ? "" : idText(id)}/group`;
  const { status, json } = await page.ask(path, { method: "POST", as: "responder", body });
  return { status, json };
}

const until = new Date(Date.now() + 3_600_000).toISOString();
const close = { action: "auto_close", text: "Planned" };
const silent = entryOf(
  internalAlert(
    silenceEvent({ id: "0a", hostname: "node-2", seen: 0 }),
    1_795_573_542_000_000_000n,
    defaultAlertOptions,
  ),
);
const refusal = { status: 422, json: { error: { code: "no_subject" } } };

test("a request to close new alerts automatically applies to the scope of its alert", async () => {
  const alert = entry(1, { received: true }, { "container.id": "c1", "container.name": "web", "k8s.ns.name": "shop" });
  expect(await changed(alert, close)).toMatchObject({
    status: 200,
    json: {
      autoClose: {
        scope: { hostname: "node-1", received: true, contained: true, namespace: "shop", priority: "Warning" },
      },
    },
  });
});

test("new alerts without an app, container or program are not closed automatically", async () => {
  const audit = entry(2, { rule: "Secret read" }, { "proc.name": null });
  expect(await changed(audit, close)).toMatchObject(refusal);
  expect((await changed(audit, { action: "snooze", until })).status).toBe(200);
});

test("alerts about silent machines are neither snoozed nor closed automatically", async () => {
  expect(await changed(silent, { action: "snooze", until })).toMatchObject(refusal);
  expect(await changed(silent, close)).toMatchObject(refusal);
  expect((await changed(silent, { action: "comment", text: "Seen" })).status).toBe(200);
});

test("while the alerts of a group are being loaded, changes of the group are rejected and not stored, and a case contains the alert", async () => {
  const found = {
    ...{ id: "0190", rule: "File read", source: "syscall", hostname: "node-1", priority: "Warning" },
    fields: {},
  };
  const item = { id: "7", time: until, user: "vera" };
  const stored: unknown[] = [];
  const loading = {
    isField: () => true,
    alert: async () => ({ ...found, output: "cat read", time: until, state: "open" }),
    groups: async () => ({ groups: [], next: null, complete: false }),
    groupChanges: async () => [],
    changeGroup: async (change: unknown) => void stored.push(change),
    addAuditEntry: async () => {},
    caseChanges: async () => [
      { ...item, action: "open", value: "vera", text: "Break-in" },
      { ...item, action: "add_group", value: "0190", text: "File read" },
    ],
  } as unknown as Store;
  const request = { path: { id: "0190" }, body: { action: "comment", text: "x" }, user: { name: "vera" }, address: "" };
  await expect(changeGroup.take(request as never, { store: loading } as never)).rejects.toMatchObject({
    status: 503,
    code: "loading",
  });
  expect(stored).toEqual([]);
  const { bytes } = (await exportCase.take(
    { ...request, path: { id: "7" } } as never,
    { store: loading } as never,
  )) as {
    bytes: Uint8Array;
  };
  const text = new TextDecoder().decode(bytes);
  expect(text).toContain("cat read");
  expect(text).not.toContain("deleted");
});
