// Tests error handling of a fleet's store with real servers and, for faulty or missing responses, with a stand-in.
import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { realFleets } from "../../../../test/parts/opensearch/fleets.ts";
import { entry } from "../../../journal/alerts.fixture.ts";
import { everything } from "../../filter/filter.ts";
import { journalStore } from "../journal/journal-store.ts";
import type { Store, StoredAlert } from "../store.ts";
import { elasticsearchStore } from "./elasticsearch-store.ts";
import { standInFleet, type TestFleet } from "./fleet.fixture.ts";
import type { FleetSettings } from "./settings.ts";

const opened: Store[] = [];

async function openFor(fleet: TestFleet, changes: Partial<FleetSettings["keys"]> = {}): Promise<Store> {
  const { settings } = fleet;
  const store = await elasticsearchStore(
    { ...settings, keys: { ...settings.keys, ...changes } },
    journalStore("/nowhere"),
  );
  opened.push(store);
  return store;
}

const now = (milliseconds = 0): { readonly time: bigint } => ({ time: BigInt(Date.now() + milliseconds) * 1_000_000n });
const list = (store: Store, limit = 100): ReturnType<Store["list"]> =>
  store.list(everything, { limit, order: "newest" });
const numbers = (alerts: readonly StoredAlert[]): unknown[] => alerts.map(({ fields }) => fields["proc.pid"]);

describe.each(realFleets)("with %s", (_, start, options) => {
  describe("the store", { ...options, timeout: 300_000 }, () => {
    let fleet: TestFleet;
    beforeEach(async () => {
      fleet = await start();
    }, 120_000);
    afterEach(async () => {
      for (const store of opened.splice(0)) store.close();
      await fleet.close();
    });
    const open = (changes?: Partial<FleetSettings["keys"]>): Promise<Store> => openFor(fleet, changes);

    test("is empty before the first write, and finds alerts after the first write", async () => {
      const store = await open();
      expect(await list(store)).toEqual({ alerts: [], next: null });
      expect(await store.groups(everything, { limit: 5 })).toEqual({ groups: [], next: null });
      expect(await store.count(everything, "rule", 5)).toEqual({ counts: [], total: 0 });
      expect(await store.facts()).toEqual({ alerts: 0, bytes: 0, oldest: null, newest: null });
      expect(await store.audit({ limit: 5 })).toEqual({ entries: [], next: null });
      await fleet.append([entry(1)]);
      expect(numbers((await list(store)).alerts)).toEqual([1]);
    });

    test("an invalid configuration is rejected with a sentence", async () => {
      await expect(open({ hostport: "" })).rejects.toThrow(
        "web_page.store is opensearch, but outputs.opensearch.hostport is empty.",
      );
      await expect(open({ layout: "falcosidekick" })).rejects.toThrow("requires outputs.opensearch.layout ecs");
    });

    test("an alert that the server indexed only partially is read completely", async () => {
      const { values, names, ...others } = entry(1);
      const twice = values.map((value, i) => (names[i] === "fd.name" ? '{"a":1,"a":2}' : value));
      await fleet.append([{ ...others, names, values: twice }, entry(2)]);
      const { alerts } = await list(await open());
      expect(alerts.map(({ fields }) => fields["fd.name"])).toContainEqual({ a: 2 });
      expect(numbers(alerts)).toEqual([2, 1]);
    });

    test("late alerts are returned to followers, each alert once", async () => {
      await fleet.append([entry(1, now(-60_000)), entry(2, now(-5000))]);
      const store = await open();
      let cursor = await store.end();
      const told: unknown[] = [];
      const follow = async (): Promise<void> => {
        await new Promise((resolve) => setTimeout(resolve, 410));
        const found = await store.after(everything, cursor, 10);
        cursor = found.cursor;
        told.push(...numbers(found.alerts));
      };
      await follow();
      expect(told).toEqual([]);
      await fleet.append([entry(4, now())]);
      await follow();
      await fleet.append([entry(3, now(-8000)), entry(5, now())]);
      await follow();
      await follow();
      expect(told).toEqual([4, 3, 5]);
      // A page with the same fleet continues after an alert that another page returned.
      const [, newest] = (await list(store)).alerts;
      const other = await open();
      const more = await other.after(everything, (await other.cursorOf(newest!.id)) ?? "", 10);
      expect(numbers(more.alerts)).toEqual([5]);
    });

    test("a follower makes progress even if the query requires a test of every alert", async () => {
      await fleet.append([entry(0, now(-60_000))]);
      const store = await open();
      const condition = { kind: "test", name: "fd.name", operator: "regex", values: ["/etc/file-9[0-9]"] } as const;
      let cursor = await store.end();
      await fleet.append(Array.from({ length: 100 }, (_, i) => entry(i, now())));
      const told: unknown[] = [];
      for (let i = 0; i < 12; i++) {
        const found = await store.after({ ...everything, condition }, cursor, 10);
        cursor = found.cursor;
        told.push(...numbers(found.alerts));
      }
      expect(told.sort()).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
    });

    test("triage on one page is visible on all other pages", async () => {
      await fleet.append([entry(1), entry(2)]);
      const [one, other] = [await open(), await open()];
      const { id } = (await list(one)).alerts[0]!;
      const { number } = await other.changesAfter(-1);
      await one.setState(id, { state: "closed", user: "rita", text: "expected" });
      await one.comment(id, { user: "ada", text: "really" });
      await one.addAuditEntry({ user: "rita", address: "127.0.0.1", action: "close", target: id });
      await new Promise((resolve) => setTimeout(resolve, 1010));
      expect((await other.changesAfter(number)).changes).toEqual([{ id, state: "closed", user: "rita" }]);
      const closed = await other.list({ ...everything, state: "closed" }, { limit: 5, order: "newest" });
      expect(closed.alerts).toMatchObject([{ id, state: "closed", assignee: "rita", comments: 2 }]);
      expect((await other.list({ ...everything, state: "open" }, { limit: 5, order: "newest" })).alerts).toHaveLength(
        1,
      );
      expect(await other.comments(id)).toMatchObject([
        { user: "rita", text: "expected", state: "closed" },
        { user: "ada", text: "really" },
      ]);
      expect((await other.audit({ limit: 5 })).entries).toMatchObject([{ user: "rita", action: "close", target: id }]);
      await expect(other.comment("none", { user: "x", text: "y" })).rejects.toMatchObject({ status: 404 });
    });

    test("failed sign-ins do not fill the store", async () => {
      const store = await open();
      for (let i = 0; i < 30; i++)
        await store.addAuditEntry({ user: "", address: "192.0.2.1", action: "sign-in rejected" });
      expect((await store.audit({ limit: 50 })).entries.length).toBeLessThan(5);
    });

    test("alerts of this machine have details from its journal, other alerts have details from their fields", async () => {
      await fleet.append([entry(1), entry(2)]);
      const own = journalStore(fleet.journal);
      const near = await elasticsearchStore(fleet.settings, own);
      const far = await open();
      opened.push(near);
      const { id } = (await list(near)).alerts[0]!;
      expect(await near.responsesTo(id)).toEqual([]);
      expect(await near.related(id)).toEqual(await far.related(id));
      expect(await far.explanation(id)).toBeUndefined();
    });
    test("fields with another mapping are rejected", async () => {
      const { hostport, datastream } = fleet.settings.keys;
      const template = { mappings: { properties: { eyas: { properties: { fields: { type: "text" } } } } } };
      const body = JSON.stringify({ index_patterns: [datastream], data_stream: {}, priority: 250, template });
      const headers = { "content-type": "application/json" };
      const made = await fetch(`${hostport}/_index_template/${datastream}`, { method: "PUT", headers, body });
      expect(made.status).toBe(200);
      await fleet.append([entry(1)]);
      await expect(list(await open())).rejects.toThrow(
        `The field mapping of ${datastream} is not the mapping of Eyas. Set outputs`,
      );
    });
  });
});

describe("with a stand-in that returns faulty responses", () => {
  let fleet: Awaited<ReturnType<typeof standInFleet>>;
  beforeEach(async () => {
    fleet = await standInFleet("elasticsearch");
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) store.close();
    await fleet.close();
  });
  const open = (changes?: Partial<FleetSettings["keys"]>): Promise<Store> => openFor(fleet, changes);

  test("a server failure is reported in one sentence without secrets", async () => {
    await fleet.append([entry(1)]);
    const store = await open({ apikey: "c2VjcmV0LWtleQ==", username: "", password: "" });
    fleet.standIn.interrupt = ({ headers }) => ({
      status: 403,
      body: `{"error":{"type":"security_exception","reason":"action [indices:data/read/search] is unauthorized for ${headers.authorization}"}}`,
    });
    const error = await list(store).then(String, String);
    expect(error).toMatch(/Cannot query Elasticsearch at 127\.0\.0\.1:\d+: status 403: .*unauthorized/);
    expect(error).not.toContain("c2VjcmV0LWtleQ==");
    expect(error).not.toContain("\n");
    await fleet.standIn.stop();
    await expect(list(store)).rejects.toMatchObject({ status: 503, message: expect.stringContaining("ECONNREFUSED") });
  });

  test("the page opens even if the server does not respond", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : undefined;
    await open({ hostport: `http://127.0.0.1:${port}` });
    // Must resolve even if the server does not respond; otherwise, the test times out.
    silent.closeAllConnections();
    silent.close();
  });

  test("partial and late searches are rejected", async () => {
    await fleet.append([entry(1)]);
    const store = await open();
    const answer = (more: object) => ({
      body: JSON.stringify({ timed_out: false, _shards: { failed: 0 }, hits: { hits: [] }, ...more }),
    });
    fleet.standIn.interrupt = ({ path }) => (path.includes("_search") ? answer({ _shards: { failed: 2 } }) : undefined);
    await expect(list(store)).rejects.toThrow("the search failed on 2 shards");
    fleet.standIn.interrupt = ({ path }) => (path.includes("_search") ? answer({ timed_out: true }) : undefined);
    await expect(list(store)).rejects.toThrow("the search timed out after 8s");
    fleet.standIn.interrupt = ({ path }) => (path.includes("_search") ? { body: "<html>" } : undefined);
    await expect(list(store)).rejects.toThrow("the response is not JSON");
  });

  test("if responses are too large, smaller batches are read", async () => {
    await fleet.append(Array.from({ length: 25 }, (_, i) => entry(i)));
    const store = await open();
    fleet.standIn.interrupt = ({ path, body }) =>
      path.includes("alerts-default/_search") && Number(/"size":(\d+)/.exec(body)?.[1]) > 10
        ? { body: `{"hits":"${"x".repeat(9_000_000)}` }
        : undefined;
    expect(numbers((await list(store)).alerts)).toEqual(Array.from({ length: 25 }, (_, i) => 24 - i));
  });
});
