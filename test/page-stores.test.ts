// The API of the web UI has the same responses for every store: the journal, OpenSearch 2 and 3, and the servers of
// ELASTICSEARCH_URL and OPENSEARCH_URL.
import { get } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Entry } from "../src/alert/entry.ts";
import { mistakeIn } from "../src/api/mistake.ts";
import { isObject } from "../src/api/object.ts";
import { openTestPage, type TestPage } from "../src/api/page.fixture.ts";
import { components } from "../src/api/schemas/components.ts";
import type { TestFleet } from "../src/api/store/elasticsearch/fleet.fixture.ts";
import { entry } from "../src/journal/alerts.fixture.ts";
import { priorities } from "../src/rule/rule.ts";
import { entries, hostile, newer } from "./page-entries.fixture.ts";
import { realFleets } from "./parts/opensearch/fleets.ts";

const API = "/api/v1";
const stores: readonly (readonly [string, () => Promise<TestFleet | undefined>, { readonly skip?: boolean }])[] = [
  ["the journal", async () => undefined, {}],
  ...realFleets,
];

function objectsIn(list: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function sumOf(counts: unknown): number {
  return Array.isArray(counts) ? counts.reduce((sum: number, count) => sum + Number(count), 0) : 0;
}

const asked = (query: string): string => `query=${encodeURIComponent(query)}`;
const field = ({ names, values }: Entry, name: string): unknown => {
  const at = names.indexOf(name);
  return at < 0 ? undefined : JSON.parse(values[at]!);
};

const filters: readonly (readonly [string, (one: Entry) => boolean])[] = [
  ["priority >= warning", ({ priority }) => priority === "Warning" || priority === "Critical"],
  ["priority = notice", ({ priority }) => priority === "Notice"],
  ["rule = 'File read'", ({ rule }) => rule === "File read"],
  [
    'rule in ("File read", nothing) and hostname = node-1',
    ({ rule, hostname }) => rule === "File read" && hostname === "node-1",
  ],
  [
    "k8s.ns.name = shop-1 or proc.name = bash",
    (one) => field(one, "k8s.ns.name") === "shop-1" || field(one, "proc.name") === "bash",
  ],
  [
    "not (k8s.ns.name = shop-1 or proc.name = bash)",
    (one) => field(one, "k8s.ns.name") !== "shop-1" && field(one, "proc.name") !== "bash",
  ],
  ["k8s.ns.name exists", (one) => typeof field(one, "k8s.ns.name") === "string"],
  ["k8s.ns.name != shop-1", (one) => field(one, "k8s.ns.name") !== "shop-1"],
  ["tags contains T1005", ({ tags }) => tags.includes("T1005")],
  ["tags != T1005", ({ tags }) => !tags.includes("T1005")],
  [
    "proc.pid > 295 and proc.pid <= 1001",
    (one) => Number(field(one, "proc.pid")) > 295 && Number(field(one, "proc.pid")) <= 1001,
  ],
  ["proc.cmdline contains 'number 29'", (one) => String(field(one, "proc.cmdline")).includes("number 29")],
  ["proc.cmdline = 'cat --number 29'", (one) => field(one, "proc.cmdline") === "cat --number 29"],
  [
    "proc.cmdline startswith 'cat --number 1' and priority = critical",
    (one) => String(field(one, "proc.cmdline")).startsWith("cat --number 1") && one.priority === "Critical",
  ],
  ["fd.name glob /etc/file-2?", (one) => /^\/etc\/file-2.$/.test(String(field(one, "fd.name")))],
  ["fd.name regex '/etc/file-[0-9]'", (one) => /^\/etc\/file-[0-9]$/.test(String(field(one, "fd.name")))],
  ["fd.name pmatch (/etc)", (one) => String(field(one, "fd.name")).startsWith("/etc/")],
  [
    "fd.name in (/etc/file-3, /etc/file-4)",
    (one) => ["/etc/file-3", "/etc/file-4"].includes(String(field(one, "fd.name"))),
  ],
  ["not fd.name = /etc/file-3", (one) => field(one, "fd.name") !== "/etc/file-3"],
  [
    "output icontains 'CAT READ THE FILE /etc/file-12 '",
    ({ message }) => message.toLowerCase().includes("cat read the file /etc/file-12 "),
  ],
  ["fd.sport = 1", () => false],
  ["fd.sport != 1", () => true],
  [`proc.cmdline = "${newer}"`, (one) => field(one, "proc.cmdline") === newer],
  [`proc.name = "${hostile[0]}"`, (one) => field(one, "proc.name") === hostile[0]],
];

describe.each(stores)("over %s", (_, open, options) => {
  describe("the page's API", { ...options, timeout: 60_000 }, () => {
    let page: TestPage;
    let ids: readonly string[];
    let isFleet = false;

    beforeAll(async () => {
      const fleet = await open();
      isFleet = fleet !== undefined;
      page = await openTestPage(entries, undefined, fleet);
      ids = await listed("order=oldest&limit=1000");
    }, 120_000);
    afterAll(() => page?.close());

    async function json(path: string): Promise<Readonly<Record<string, unknown>>> {
      const answer = await page.ask(API + path, { as: "viewer" });
      expect(answer.status, answer.text).toBe(200);
      return isObject(answer.json) ? answer.json : {};
    }

    /** Returns the IDs on all pages. */
    async function listed(query: string): Promise<string[]> {
      const found: string[] = [];
      let cursor = "";
      do {
        const answer = await json(`/alerts?${query}${cursor}`);
        found.push(...objectsIn(answer.alerts).map(({ id }) => String(id)));
        cursor = typeof answer.next === "string" ? `&cursor=${answer.next}` : "";
      } while (cursor !== "");
      return found;
    }

    describe("a query in the rule language", () => {
      test.each(filters)("%s finds and counts the matching alerts, in both orders", async (query, wanted) => {
        const expected = ids.filter((_, i) => wanted(entries[i]!));
        expect(await listed(`${asked(query)}&order=oldest&limit=50`)).toEqual(expected);
        expect(await listed(`${asked(query)}&limit=1000`)).toEqual(expected.toReversed());
        const { total, counts } = await json(`/alerts/count?${asked(query)}&by=rule&limit=1000`);
        expect(total).toBe(expected.length);
        expect(Array.isArray(counts) && counts.reduce((sum: number, { count }) => sum + count, 0)).toBe(
          expected.length,
        );
        const { series } = await json(`/alerts/over-time?${asked(query)}&buckets=100&until=0s`);
        const sums = Array.isArray(series) ? series.flatMap(({ counts: all }) => all) : [];
        expect(sums.reduce((a: number, b: number) => a + b, 0)).toBe(expected.length);
        const { rules, complete } = await json(`/alerts/over-time/rules?${asked(query)}&until=0s`);
        const byRule = objectsIn(rules).map(({ rule, counts: all }) => [rule, sumOf(all)]);
        if (complete !== false)
          expect(Object.fromEntries(byRule)).toEqual(
            Object.fromEntries(objectsIn(counts).map(({ value, count }) => [value, count])),
          );
        const groups = await json(`/alerts/groups?${asked(query)}&limit=500`);
        const numbers = Array.isArray(groups.groups) ? groups.groups.map(({ count }) => count) : [];
        expect(numbers.reduce((a: number, b: number) => a + b, 0)).toBe(expected.length);
        const [group] = Array.isArray(groups.groups) ? groups.groups.filter(isObject) : [];
        if (group !== undefined && expected.length === ids.length)
          expect((await json(`/alerts/count?by=rule&${asked(String(group.query))}`)).total).toBe(group.count);
      });

      test.each([
        ["proc.nam = x", /Did you mean .{1,2}proc.name/],
        ["priority contains x", /priority supports/],
        ["priority = loud", /not a priority/],
        ["proc.name = ", /Character/],
        ["prioritty = x", /Did you mean .{1,2}priority/],
        ["tolower(proc.name) = x", /transformers/],
        ["proc.name = x and (", /Character/],
        ["fd.name regex '['", /regular expression/],
        [`proc.name in (${"a,".repeat(300)}a)`, /200 comparisons/],
      ])("%s is rejected with the reason", async (query, reason) => {
        const { status, json: body } = await page.ask(`${API}/alerts?${asked(query)}`, { as: "viewer" });
        expect(status).toBe(400);
        expect(JSON.stringify(body)).toMatch(reason);
      });

      test("full text: words, phrases and prefixes", async () => {
        expect(await listed("text=file-12")).toEqual([ids[12]]);
        for (const word of ["nothing", "more", "\u13a0\u1c90", "\uab70\u10d0"])
          expect(await listed(`text=${encodeURIComponent(word)}`)).toEqual([ids[300]]);
        expect((await listed("text=number%20299")).length).toBe(1);
        expect((await listed(`text=${encodeURIComponent('"number 29"')}`)).length).toBe(1);
        expect((await listed("text=shel*&limit=1000")).length).toBe(200);
      });
    });

    test("since and until bound the result; invalid times are rejected", async () => {
      expect((await listed("since=10h&until=5h")).length).toBe(5);
      expect((await page.ask(`${API}/alerts?since=soon`, { as: "viewer" })).status).toBe(400);
      expect(
        (await page.ask(`${API}/alerts?since=${encodeURIComponent("2h since 3h")}`, { as: "viewer" })).status,
      ).toBe(400);
    });

    test("counts by column, field and tag", async () => {
      const counted = async (by: string): Promise<unknown> => (await json(`/alerts/count?by=${by}&limit=60`)).counts;
      expect(await counted("proc.name")).toContainEqual({ value: "cat", count: 241 });
      expect(await counted("tags")).toContainEqual({ value: "T1005", count: 109 });
      expect(await counted("k8s.ns.name")).toContainEqual({ value: null, count: 44 + hostile.length });
      expect(await counted("net.community_id")).toContainEqual({ value: "1:flow0=", count: 6 });
      expect((await page.ask(`${API}/alerts/count?by=nonsense`, { as: "viewer" })).status).toBe(400);
      expect((await page.ask(`${API}/alerts/count`, { as: "viewer" })).status).toBe(400);
    });

    test("hostile text is returned unchanged, as JSON", async () => {
      for (const [i, text] of hostile.entries()) {
        const answer = await page.ask(`${API}/alerts/${ids[301 + i]}`, { as: "viewer" });
        expect(answer.headers["content-type"]).toBe("application/json");
        expect(answer.json).toMatchObject({
          output: text,
          hostname: text,
          fields: { "proc.name": text, "fd.name": text, __proto__x: text },
        });
      }
      const csv = await page.ask(`${API}/alerts/export?format=csv`, { as: "viewer" });
      expect(csv.headers["content-disposition"]).toBe('attachment; filename="alerts.csv"');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for control characters
      expect(csv.text.replaceAll("\r\n", "")).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
      const lines = (await page.ask(`${API}/alerts/export?format=json`, { as: "viewer" })).text.trimEnd().split("\n");
      expect(lines.map((line) => JSON.parse(line).uuid)).toEqual(ids.toReversed());
    });

    test("alerts are acknowledged, closed with a reason, reopened and commented on", async () => {
      const [, , id] = ids;
      const say = (body: unknown, path = "state") =>
        page.ask(`${API}/alerts/${id}/${path}`, { method: "POST", as: "responder", body });
      expect((await say({ state: "acknowledged" })).json).toMatchObject({
        state: "acknowledged",
        assignee: "rita",
        comments: 0,
      });
      expect((await say({ state: "closed" })).status).toBe(400);
      expect((await say({ state: "gone" })).status).toBe(400);
      expect((await say({ state: "closed", reason: "false positive", comment: "our backup" })).json).toMatchObject({
        state: "closed",
        comments: 1,
      });
      expect((await say({ text: "  " }, "comments")).status).toBe(400);
      expect((await say({ text: "<b>so</b>" }, "comments")).json).toMatchObject({ comments: 2 });
      expect(await listed("state=closed")).toEqual([id]);
      expect((await listed("state=open&limit=1000")).length).toBe(ids.length - 1);
      expect((await json("/alerts/count?by=rule&state=closed")).total).toBe(1);
      expect((await json(`/alerts/${id}`)).comments).toMatchObject([
        { user: "rita", state: "acknowledged", text: "" },
        { user: "rita", state: "closed", text: "false positive: our backup" },
        { user: "rita", text: "<b>so</b>" },
      ]);
      expect((await say({ state: "open" })).json).toMatchObject({ state: "open" });
      expect(await listed("state=closed")).toEqual([]);
      expect((await page.ask(`${API}/alerts/01890a5d-ac96-774b-bcce-b302099a8057`, { as: "viewer" })).status).toBe(404);
    });

    test("the audit log is paginated", async () => {
      const told: unknown[] = [];
      let cursor = "";
      do {
        const { json: body } = await page.ask(`${API}/users/audit?limit=2${cursor}`, { as: "admin" });
        if (!isObject(body)) throw new Error("no page");
        told.push(...objectsIn(body.entries).map(({ user, action, target }) => [user, action, target]));
        cursor = typeof body.next === "string" ? `&cursor=${body.next}` : "";
      } while (cursor !== "");
      expect(told).toEqual([
        ["rita", "open", ids[2]],
        ["rita", "comment", ids[2]],
        ["rita", "close", ids[2]],
        ["rita", "acknowledge", ids[2]],
      ]);
    });

    test("users are changed, with an entry in the audit log", async () => {
      const answer = await page.ask(`${API}/users/vera/role`, {
        method: "POST",
        as: "admin",
        body: { role: "viewer" },
      });
      expect(answer.status).toBe(200);
      const { json: body } = await page.ask(`${API}/users/audit?limit=1`, { as: "admin" });
      expect(isObject(body) && body.entries).toMatchObject([{ user: "ada", action: "change role", target: "vera" }]);
    });

    test("all alerts that match are changed, or the store of a fleet states why it cannot change them", async () => {
      const answer = await page.ask(`${API}/alerts/changes`, {
        method: "POST",
        as: "responder",
        body: { filter: { query: `uuid = ${ids[9]}` }, action: "acknowledge", wait: 20 },
      });
      if (isFleet) {
        expect(answer.status).toBe(501);
        expect(answer.text).toContain("Select the alerts in the list instead.");
      } else expect(answer.json).toMatchObject({ state: "done", total: 1, changed: 1 });
    });

    test("the query of a group selects its alerts; pages list each group once", async () => {
      const { groups } = await json("/alerts/groups?limit=500");
      const seen: unknown[] = [];
      let cursor = "";
      do {
        const page = await json(`/alerts/groups?limit=7${cursor}`);
        seen.push(...objectsIn(page.groups).map(({ query }) => query));
        cursor = typeof page.next === "string" ? `&cursor=${page.next}` : "";
      } while (cursor !== "");
      expect(seen).toEqual(objectsIn(groups).map(({ query }) => query));
      for (const { query, count, first, last, newest } of objectsIn(groups)) {
        const { alerts } = await json(`/alerts?${asked(String(query))}&limit=1000`);
        const times = objectsIn(alerts).map(({ time }) => String(time).slice(0, 26));
        expect([count, last, first].map(String).map((text) => text.slice(0, 26))).toEqual([
          String(times.length),
          times[0],
          times.at(-1),
        ]);
        expect(objectsIn(alerts)[0]).toEqual(newest);
      }
    });

    test("groups have the most severe priority, and as many alerts in the intervals as in total", async () => {
      const { groups, trendFrom, trendStep } = await json("/alerts/groups?limit=500&trend=20&until=0s");
      expect([typeof trendFrom, typeof trendStep]).toEqual(["string", "number"]);
      for (const { query, count, priority, trend } of objectsIn(groups)) {
        expect(sumOf(trend)).toBe(count);
        const { counts } = await json(`/alerts/count?by=priority&${asked(String(query))}`);
        const found = objectsIn(counts).map(({ value }) => String(value));
        expect(priority).toBe(priorities.find((each) => found.includes(each)));
      }
    });

    test("groups are assigned, snoozed and commented on, and selected by assignee and snooze", async () => {
      const { groups } = await json("/alerts/groups?limit=500");
      const [first, second] = objectsIn(groups);
      const idOf = (group: unknown): string => String((group as { newest: { id: string } }).newest.id);
      const change = (group: unknown, body: Readonly<Record<string, unknown>>) =>
        page.ask(`${API}/alerts/${idOf(group)}/group`, { method: "POST", as: "responder", body });
      const until = new Date(Date.now() + 3_600_000).toISOString();
      expect((await change(first, { action: "assign", assignee: "vera" })).status).toBe(200);
      expect((await change(second, { action: "snooze", until })).json).toMatchObject({ snoozedUntil: until });
      const { json: answer } = await change(second, { action: "comment", text: " Known.\nSee <b>. " });
      expect(answer).toMatchObject({
        notes: 1,
        changes: [
          { action: "snooze", value: until },
          { action: "comment", text: "Known.\nSee <b>." },
        ],
      });
      const queries = async (parameters: string): Promise<unknown[]> =>
        objectsIn((await json(`/alerts/groups?limit=500&${parameters}`)).groups).map(({ query }) => query);
      const all = objectsIn(groups).map(({ query }) => query);
      expect(await queries("assignee=vera")).toEqual([first?.query]);
      expect(await queries("snoozed=true")).toEqual([second?.query]);
      expect(await queries("snoozed=false")).toEqual(all.filter((query) => query !== second?.query));
      expect(await queries("unassigned=true")).toEqual(all.filter((query) => query !== first?.query));
      expect(await queries("unassigned=true&snoozed=true")).toEqual([second?.query]);
      expect((await change(first, { action: "assign", assignee: "" })).status).toBe(200);
      expect((await change(second, { action: "end_snooze" })).status).toBe(200);
      expect(await queries("snoozed=false&unassigned=true")).toEqual(all);
      const closing = await change(first, { action: "auto_close", text: "Planned" });
      expect(closing.status).toBe(isFleet ? 501 : 200);
      if (!isFleet) await change(first, { action: "end_auto_close" });
    });

    test("responses conform to the OpenAPI document", async () => {
      for (const [path, name] of [
        ["/alerts?limit=3", "AlertPage"],
        ["/alerts/groups?limit=3&trend=5", "Groups"],
        [`/alerts/${ids[4]}/group`, "Group"],
        ["/alerts/count?by=hostname", "Counts"],
        ["/alerts/over-time", "OverTime"],
        ["/alerts/over-time/rules", "RulesOverTime"],
        ["/alerts/flows?limit=3", "Flows"],
        [`/alerts/${ids[4]}`, "AlertDetail"],
        [`/alerts/${ids[4]}/related`, "Related"],
        [`/alerts/${ids[4]}/explanation`, "Explanation"],
        ["/status", "Status"],
        ["/machines", "Machines"],
        ["/responses", "Responses"],
      ] as const)
        expect(mistakeIn(components[name]!, await json(path)), path).toBeUndefined();
      expect((await json("/status")).journal).toMatchObject({ alerts: ids.length });
    });

    test("related alerts are those of the same flow or container; the process tree comes from the fields", async () => {
      const { tree, timeline } = await json(`/alerts/${ids[7]}/related`);
      expect(tree).toMatchObject([{ pid: 7, name: "cat", cmdline: "cat --number 7", isAlert: true }]);
      const relations = new Map(objectsIn(timeline).map(({ id, relation }) => [id, relation]));
      for (let i = 0; i < 300; i++) {
        const flow = i % 50 === 7;
        const container = i % 2 === 1 && i % 6 === 7 % 6;
        if (i !== 7) expect(relations.get(ids[i]), `${i}`).toBe(flow ? "flow" : container ? "container" : undefined);
      }
      const inContainer = ids.findIndex((id, i) => i !== 7 && relations.get(id) === "container");
      const of = entries[inContainer]!;
      expect(objectsIn(timeline).find(({ id }) => id === ids[inContainer])).toMatchObject({
        hostname: of.hostname,
        process: { pid: field(of, "proc.pid"), name: field(of, "proc.name") },
        container: { id: field(of, "container.id"), name: field(of, "container.name") },
      });
    });

    test("new alerts are streamed, and missed ones are resent", async () => {
      const first = await follow(
        "/events",
        {},
        (text) => text.includes("event: status"),
        () => {},
      );
      expect(first).toMatch(/event: status\ndata: \{/);
      const told = await follow(
        `/events?${asked("proc.name = live")}`,
        {},
        (text) => text.includes("event: alert"),
        () => {
          const time = BigInt(Date.now()) * 1_000_000n;
          void page.append([entry(6000, { time }), entry(6001, { time }, { "proc.name": "live" })]);
        },
      );
      expect(told.match(/event: alert/g)).toHaveLength(1);
      expect(told).toMatch(/\nid: [0-9a-f-]{36}\ndata: \{"id":"/);
      const again = await follow(
        "/events",
        { "last-event-id": ids.at(-1) ?? "" },
        (text) => text.includes('"proc.name":"live"'),
        () => {},
      );
      expect((again.match(/event: alert/g) ?? []).length).toBeGreaterThan(1);
    });

    test("state changes are streamed", async () => {
      const told = await follow(
        "/events",
        {},
        (text) => text.includes("event: state"),
        () => {
          void page.ask(`${API}/alerts/${ids[5]}/state`, {
            method: "POST",
            as: "responder",
            body: { state: "acknowledged" },
          });
        },
      );
      expect(told).toContain(`event: state\ndata: {"id":"${ids[5]}","state":"acknowledged","user":"rita"}`);
    });

    test("the request that started a process is related to its alert, and names the actor", async () => {
      const now = Date.now();
      const began = new Date(now - 1000).toISOString();
      const uri = "/api/v1/namespaces/joined/pods/web-1/exec?command=sh";
      await page.append([
        entry(
          7000,
          { time: BigInt(now) * 1_000_000n },
          {
            ...{ "proc.name": "joined", "k8s.pod.name": "web-1", "k8s.ns.name": "joined" },
            ...{ "k8s.exec.time": began, "k8s.exec.command": "sh" },
          },
        ),
        entry(
          7001,
          { time: BigInt(now - 1100) * 1_000_000n, source: "k8s_audit" },
          {
            ...{ "proc.name": "request", "ka.target.name": "web-1", "ka.target.namespace": "joined" },
            ...{ "ka.uri": uri, "ka.user.name": "alice", "ka.auditid": "id-1" },
          },
        ),
      ]);
      const [process = ""] = await listed(asked("proc.name = joined"));
      const [request = ""] = await listed(asked("proc.name = request"));
      const { timeline, actors } = await json(`/alerts/${process}/related`);
      expect(objectsIn(timeline).map(({ id, relation }) => [id, relation])).toContainEqual([request, "request"]);
      expect(actors).toEqual({ users: ["alice"], certain: true, late: true });
      const { timeline: other } = await json(`/alerts/${request}/related`);
      expect(objectsIn(other).map(({ id, relation }) => [id, relation])).toContainEqual([process, "pod"]);
    });

    test("flows are counted by workload and remote end, and their queries select their alerts", async () => {
      const now = BigInt(Date.now()) * 1_000_000n;
      const fields: readonly Readonly<Record<string, unknown>>[] = [
        { "fd.name": "10.0.0.1:4000->10.0.0.2:443" },
        { "fd.name": "10.0.0.1:4001->10.0.0.2:443", "proc.name": "other" },
        { "fd.name": "10.0.0.1:4002->10.0.0.2:443" },
        { "fd.name": "10.0.0.1:4003->10.0.0.2:80", "fd.sip": "10.0.0.2", "fd.sport": 80, "container.name": "linked-1" },
        { "fd.name": "10.0.0.9:5000->10.0.0.1:22", "fd.cip": "10.0.0.9", "fd.is_server": true },
        { "fd.name": null, "proc.name": null, "net.src.ip": "10.0.0.7", "net.dst.ip": "10.0.0.8", "net.dst.port": 53 },
        { "fd.name": "/etc/passwd" },
      ];
      await page.append(
        fields.map((more, i) => entry(8000 + i, { time: now, rule: "Linked" }, { "proc.name": "linked", ...more })),
      );
      const { flows, alerts, omitted, next } = await json(`/alerts/flows?${asked("rule = Linked")}`);
      expect([alerts, omitted, next]).toEqual([6, 0, null]);
      const found = objectsIn(flows).map(({ from, to, count }) => ({ from, to, count }));
      expect(found.map(({ count }) => count)).toEqual([2, 1, 1, 1, 1]);
      for (const { from, to, count } of found) {
        const query = [from, to].map((end) => (isObject(end) ? String(end.query) : "")).join(" and ");
        expect((await json(`/alerts/count?by=rule&${asked(`rule = Linked and ${query}`)}`)).total, query).toBe(count);
      }
      expect(await json(`/alerts/flows?limit=1&${asked("rule = Linked")}`)).toMatchObject({ alerts: 6, omitted: 4 });
    });

    /** Reads an event stream until its text satisfies a condition. */
    function follow(
      path: string,
      headers: Readonly<Record<string, string>>,
      done: (text: string) => boolean,
      opened: () => void,
    ): Promise<string> {
      return new Promise((resolve, reject) => {
        const options = { headers: { ...headers, authorization: `Bearer ${page.tokens.viewer}` } };
        const asking = get(`${page.url}${API}${path}`, options, (response) => {
          let text = "";
          response.on("data", (chunk: Buffer) => {
            if (text === "") setTimeout(opened, 50);
            text += chunk.toString("utf8");
            if (!done(text)) return;
            asking.destroy();
            resolve(text);
          });
          response.on("error", () => {});
        });
        asking.on("error", (error) => (asking.destroyed ? undefined : reject(error)));
      });
    }
  });
});
