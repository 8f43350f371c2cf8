import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entry } from "../../journal/alerts.fixture.ts";
import type { Finding } from "../../posture/finding.ts";
import type { Look, Reading } from "../../posture/reading.ts";
import { openTestPage, type TestPage } from "../page.fixture.ts";
import { journalStore } from "../store/journal/journal-store.ts";
import type { Store } from "../store/store.ts";
import { postureAnswer } from "./answer.ts";

const HOUR = 3_600_000;
const CREATED = Date.parse("2026-11-25T08:00:00Z");

const web: Finding = {
  ...{ kind: "privileged", severity: "high", container: "main", detail: "", pods: 2, since: CREATED + HOUR },
  ...{ object: { kind: "Deployment", namespace: "shop", name: "web" }, written: undefined },
  related: [{ kind: "Pod", namespace: "shop", name: "web-1" }],
};
const ops: Finding = {
  ...{
    kind: "cluster-admin",
    severity: "critical",
    container: "",
    detail: "User <b>maria</b>",
    pods: 0,
    since: CREATED,
  },
  ...{ object: { kind: "ClusterRoleBinding", namespace: "", name: "ops" }, related: [] },
  written: { time: CREATED, tool: "kubectl-create" },
};
const port: Finding = {
  ...ops,
  ...{ kind: "node-port", severity: "medium", detail: "30080" },
  object: { kind: "Service", namespace: "shop", name: "web" },
};

const reading = (findings: readonly Finding[]): Reading => ({
  ...{ server: "https://api", began: CREATED, ended: CREATED + 2 * HOUR, workloads: "cluster", pods: 2, findings },
  ...{ leftOut: 3, refused: ["ingresses"], notes: [] },
});
const look = (...findings: readonly Finding[]): Look => ({ reading: reading(findings), isReading: false });

/** An alert about an audit event. */
function audited(minutes: number, user: string, fields: Readonly<Record<string, string>>, more = {}) {
  const time = BigInt(CREATED + minutes * 60_000) * 1_000_000n;
  const basic = { source: "k8s_audit", rule: `By ${user}`, priority: "Warning" as const };
  return entry(minutes + 1000, { time, ...basic, ...more }, { "ka.user.name": user, ...fields });
}

const deployment = { "ka.target.resource": "deployments", "ka.target.namespace": "shop", "ka.target.name": "web" };
const bound = { "ka.target.resource": "clusterrolebindings", "ka.target.name": "ops" };

let page: TestPage;
let store: Store;
beforeAll(async () => {
  page = await openTestPage([
    audited(-600, "earlier", { ...bound, "ka.verb": "create" }, { priority: "Critical" }),
    audited(1, "creator", { ...deployment, "ka.verb": "create" }, { priority: "Debug" }),
    audited(2, "bob", { ...deployment, "ka.verb": "patch" }),
    audited(3, "carol", { ...deployment, "ka.verb": "patch" }),
    audited(4, "reader", { ...deployment, "ka.verb": "get" }, { priority: "Critical" }),
    audited(5, "denied", { ...deployment, "ka.verb": "patch", "ka.response.code": "403" }, { priority: "Critical" }),
    audited(6, "forger", { ...deployment, "ka.verb": "patch" }, { priority: "Critical", received: true }),
    audited(7, "dora", { "ka.req.service.type": "NodePort", "ka.target.namespace": "shop", "ka.target.name": "web" }),
    audited(8, "ada", { ...bound, "ka.verb": "create" }),
  ]);
  store = journalStore(page.journal);
});
afterAll(async () => {
  store.close();
  await page.close();
});

describe("the change that caused a finding", () => {
  test("is from the first of the most severe alerts about the object, except reads, denied requests and received alerts", async () => {
    const { findings } = await postureAnswer(look(web), {}, { limit: 10 }, store);
    expect(findings[0]?.change).toMatchObject({ user: "bob", rule: "By bob", tool: null });
    expect(findings[0]?.change?.alert).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("is not a change to an earlier object with the same name", async () => {
    const { findings } = await postureAnswer(look(ops, port), {}, { limit: 10 }, store);
    expect(findings.map(({ change }) => change?.user)).toEqual(["ada", "dora"]);
  });

  test("is the change that the API server recorded if there is no alert", async () => {
    const other = { ...ops, object: { ...ops.object, name: "other" } };
    const { findings } = await postureAnswer(look(other), {}, { limit: 10 }, store);
    expect(findings[0]?.change).toEqual({
      ...{ time: "2026-11-25T08:00:00.000Z", user: null, tool: "kubectl-create", alert: null, rule: null },
    });
  });
});

describe("findings are filtered", () => {
  test.each([
    [{}, ["ops", "web", "web"]],
    [{ category: "access" }, ["ops"]],
    [{ kind: "node-port" }, ["web"]],
    [{ severity: "high" }, ["ops", "web"]],
    [{ namespace: "shop" }, ["web", "web"]],
    [{ text: "MARIA full" }, ["ops"]],
    [{ text: "nothing" }, []],
  ] as const)("by %j", async (filter, expected) => {
    const { findings, total } = await postureAnswer(look(ops, web, port), filter, { limit: 10 }, store);
    expect(findings.map(({ object }) => object.name)).toEqual(expected);
    expect(total).toBe(expected.length);
  });
});

test("findings are paginated, and limits and missing permissions are stated", async () => {
  const all = look(ops, web, port);
  const first = await postureAnswer(all, {}, { limit: 2 }, store);
  expect([first.findings.length, first.total, first.next, first.leftOut]).toEqual([2, 3, "2", 3]);
  const second = await postureAnswer(all, {}, { limit: 2, cursor: first.next ?? "" }, store);
  expect([second.findings.map(({ kind }) => kind), second.next]).toEqual([["node-port"], null]);
  expect(first.missing).toEqual([{ permission: "list ingresses (networking.k8s.io)", hides: "ingresses without TLS" }]);
  const stale = { ...all, stale: "It is down." };
  expect((await postureAnswer(stale, {}, { limit: 2 }, store)).notes).toEqual([
    "The posture could not be read again: It is down.",
  ]);
  await expect(postureAnswer(all, {}, { limit: 2, cursor: "x" }, store)).rejects.toThrow("cursor");
});

test("without an API server, the route returns the reason", async () => {
  const { status, json } = await page.ask("/api/v1/posture", { as: "viewer" });
  expect([status, json]).toEqual([200, expect.objectContaining({ state: "absent", findings: [] })]);
  expect((await page.ask("/api/v1/posture")).status).toBe(401);
  expect((await page.ask("/api/v1/posture?kind=constructor", { as: "viewer" })).status).toBe(400);
});
