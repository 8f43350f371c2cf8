// The API of the web page as its clients see it: over HTTP, on a journal as `eyas run` writes it.
import { appendFileSync, readFileSync, renameSync, statSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entry } from "../src/alert/journal/alerts.fixture.ts";
import type { Entry } from "../src/alert/journal/entry.ts";
import { openWriter } from "../src/alert/journal/write.ts";
import { apiRoutes } from "../src/api/api.ts";
import { isObject, mistakeIn, type Schema } from "../src/api/json-schema.ts";
import { openTestPage, type TestPage } from "../src/api/page.fixture.ts";
import type { Route } from "../src/api/route.ts";
import { schemas } from "../src/api/schemas.ts";
import { roles } from "../src/api/users.ts";
import { loadFiles } from "../src/cli/rules.ts";
import { loadConfig } from "../src/config/load.ts";

const API = "/api/v1";
const HOUR = 3_600_000_000_000n;

/** What somebody hostile calls files, processes and pods. */
const hostile = [
  "<img src=x onerror=alert(1)>",
  "</script><script>alert(1)</script>",
  "\u001b[31mred\u001b]0;title\u0007",
  "\u202egnp.exe\u2066",
  '"; DROP TABLE alert; --',
  "a\u0000b\r\nSet-Cookie: x=1",
  "%n%s{{7*7}}${7*7}",
  "__proto__",
];

/** Characters that full text search takes for parts of words, and capitals that it doesn't know as such. */
const newer = "true x nothing\u2066 \u{1fae8}more \u13a0\u1c90";

const entries: Entry[] = [
  ...Array.from({ length: 300 }, (_, i) =>
    entry(
      i,
      {
        time: BigInt(Date.now()) * 1_000_000n - HOUR * BigInt(300 - i),
        rule: i % 3 === 0 ? "File read" : "Shell in a container",
        priority: i % 10 === 0 ? "Critical" : i % 2 === 0 ? "Warning" : "Notice",
        hostname: `node-${i % 4}`,
        tags: i % 3 === 0 ? ["T1005", "mitre_collection"] : ["T1059.004", "mitre_execution"],
      },
      {
        "proc.name": i % 5 === 0 ? "bash" : "cat",
        "k8s.ns.name": i % 7 === 0 ? null : `shop-${i % 3}`,
        "container.id": i % 2 === 0 ? "host" : `c${i % 6}`,
        "container.name": i % 2 === 0 ? "host" : `web-${i % 6}`,
        "proc.cmdline": `cat --number ${i}`,
        "net.community_id": `1:flow${i % 50}=`,
      },
    ),
  ),
  entry(999, { time: BigInt(Date.now() - 2000) * 1_000_000n }, { "proc.cmdline": newer }),
  ...hostile.map((text, i) =>
    entry(
      1000 + i,
      {
        time: BigInt(Date.now() - 1000 + i) * 1_000_000n,
        rule: `Odd ${text}`,
        message: text,
        output: undefined,
        hostname: text,
      },
      { "proc.name": text, "fd.name": text, "proc.cmdline": text, __proto__x: text },
    ),
  ),
];

const ruleText = `- rule: File read
  desc: Reads
  condition: evt.type = open
  output: "%proc.name %fd.name"
  priority: WARNING
  tags: [T1005, mitre_collection]
  exceptions:
    - name: program_and_file
      fields: [proc.name, fd.name]
`;
const book = {
  rules: [
    {
      name: "File read",
      source: "syscall",
      priority: "Warning",
      tags: ["T1005", "mitre_collection"],
      enabled: true,
      file: "rules.yaml",
      line: 1,
      description: "Reads",
      yaml: ruleText,
      condition: "evt.type = open",
      output: "%proc.name %fd.name",
      exceptions: [{ name: "program_and_file", fields: ["proc.name", "fd.name"], comps: ["=", "="] }],
    },
  ],
  files: [{ name: "rules.yaml", text: ruleText }],
  added: { statics: {}, sources: [], switched: {} },
};

let page: TestPage;
let ids: readonly string[];

beforeAll(async () => {
  page = await openTestPage(entries, book);
  ids = await listed("order=oldest&limit=1000");
});
afterAll(() => page.close());

async function json(path: string): Promise<Readonly<Record<string, unknown>>> {
  const answer = await page.ask(API + path, { as: "viewer" });
  expect(answer.status, answer.text).toBe(200);
  return isObject(answer.json) ? answer.json : {};
}

function alertsIn(answer: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(answer.alerts) ? answer.alerts.filter(isObject) : [];
}

/** Ids of all pages. */
async function listed(query: string): Promise<string[]> {
  const found: string[] = [];
  let cursor = "";
  do {
    const answer = await json(`/alerts?${query}${cursor}`);
    found.push(...alertsIn(answer).map(({ id }) => String(id)));
    cursor = typeof answer.next === "string" ? `&cursor=${answer.next}` : "";
  } while (cursor !== "");
  return found;
}

const asked = (query: string): string => `query=${encodeURIComponent(query)}`;
const field = ({ names, values }: Entry, name: string): unknown => {
  const at = names.indexOf(name);
  return at < 0 ? undefined : JSON.parse(values[at]);
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

describe("a query in the rule language", () => {
  test.each(filters)("%s finds what it says, in both orders, and counts it", async (query, wanted) => {
    const expected = ids.filter((_, i) => wanted(entries[i]));
    expect(await listed(`${asked(query)}&order=oldest&limit=50`)).toEqual(expected);
    expect(await listed(`${asked(query)}&limit=1000`)).toEqual(expected.toReversed());
    const { total, counts } = await json(`/alerts/count?${asked(query)}&by=rule&limit=1000`);
    expect(total).toBe(expected.length);
    expect(Array.isArray(counts) && counts.reduce((sum: number, { count }) => sum + count, 0)).toBe(expected.length);
    const { series } = await json(`/alerts/over-time?${asked(query)}&buckets=100&until=0s`);
    const sums = Array.isArray(series) ? series.flatMap(({ counts: all }) => all) : [];
    expect(sums.reduce((a: number, b: number) => a + b, 0)).toBe(expected.length);
    const groups = await json(`/alerts/groups?${asked(query)}&limit=500`);
    const numbers = Array.isArray(groups.groups) ? groups.groups.map(({ count }) => count) : [];
    expect(numbers.reduce((a: number, b: number) => a + b, 0)).toBe(expected.length);
    const [group] = Array.isArray(groups.groups) ? groups.groups.filter(isObject) : [];
    if (group !== undefined && expected.length === ids.length)
      expect((await json(`/alerts/count?by=rule&${asked(String(group.query))}`)).total).toBe(group.count);
  });

  test.each([
    ["proc.nam = x", /Did you mean .{1,2}proc.name/],
    ["priority contains x", /priority takes/],
    ["priority = loud", /no priority/],
    ["proc.name = ", /Character/],
    ["spawned_process", /macro/],
    ["tolower(proc.name) = x", /Transformers/],
    ["proc.name = x and (", /Character/],
    ["fd.name regex '['", /regular expression/],
    [`proc.name in (${"a,".repeat(300)}a)`, /200 comparisons/],
  ])("%s is refused with a sentence", async (query, reason) => {
    const { status, json: body } = await page.ask(`${API}/alerts?${asked(query)}`, { as: "viewer" });
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toMatch(reason);
  });

  test("text, whole words, phrases and beginnings", async () => {
    expect(await listed("text=file-12")).toEqual([ids[12]]);
    for (const word of ["nothing", "more", "\u13a0\u1c90", "\uab70\u10d0"])
      expect(await listed(`text=${encodeURIComponent(word)}`)).toEqual([ids[300]]);
    expect((await listed("text=number%20299")).length).toBe(1);
    expect((await listed(`text=${encodeURIComponent('"number 29"')}`)).length).toBe(1);
    expect((await listed("text=shel*&limit=1000")).length).toBe(200);
  });
});

test("times bound what is found, and are refused where they are none", async () => {
  expect((await listed("since=10h&until=5h")).length).toBe(5);
  expect((await page.ask(`${API}/alerts?since=soon`, { as: "viewer" })).status).toBe(400);
  expect((await page.ask(`${API}/alerts?since=${encodeURIComponent("2h since 3h")}`, { as: "viewer" })).status).toBe(
    400,
  );
});

test("counts by columns, by fields and by tags are right", async () => {
  const counted = async (by: string): Promise<unknown> => (await json(`/alerts/count?by=${by}&limit=60`)).counts;
  expect(await counted("proc.name")).toContainEqual({ value: "cat", count: 241 });
  expect(await counted("tags")).toContainEqual({ value: "T1005", count: 109 });
  expect(await counted("k8s.ns.name")).toContainEqual({ value: null, count: 44 + hostile.length });
  expect(await counted("net.community_id")).toContainEqual({ value: "1:flow0=", count: 6 });
  expect((await page.ask(`${API}/alerts/count?by=nonsense`, { as: "viewer" })).status).toBe(400);
  expect((await page.ask(`${API}/alerts/count`, { as: "viewer" })).status).toBe(400);
});

describe("who may", () => {
  const routes = apiRoutes(nothing()).routes;
  const path = (route: Route): string => API + route.path.replace("{id}", ids?.[0] ?? "x").replace("{name}", "x");

  test.each(
    routes.filter(({ role }) => role !== undefined).map((route) => [`${route.method} ${route.path}`, route] as const),
  )("%s takes a token, and the role that it says", async (_, route) => {
    const asking = { method: route.method, ...(route.method === "POST" && { body: {} }) };
    expect((await page.ask(path(route), asking)).status).toBe(401);
    expect((await page.ask(path(route), { ...asking, headers: { cookie: "eyas_session=a.b" } })).status).toBe(401);
    for (const role of roles.slice(0, roles.indexOf(route.role ?? "viewer"))) {
      const { status, text } = await page.ask(path(route), { ...asking, as: role });
      expect(status).toBe(403);
      expect(text).toContain(`takes the role ${route.role}`);
    }
  });

  test("a session by cookie: of this site alone, out of reach of scripts, and with a proof for every change", async () => {
    const signed = await page.ask(`${API}/session`, { method: "POST", body: { token: page.tokens.responder } });
    expect(signed.json).toMatchObject({ user: "rita", role: "responder", csrf: expect.any(String) });
    const [cookie, ...flags] = (signed.headers["set-cookie"]?.[0] ?? "").split("; ");
    expect(flags).toEqual(["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=43200"]);
    const csrf = isObject(signed.json) ? String(signed.json.csrf) : "";
    expect((await page.ask(`${API}/session`, { headers: { cookie } })).json).toEqual(signed.json);
    const change = (headers: Readonly<Record<string, string>>) =>
      page.ask(`${API}/alerts/${ids[0]}/comments`, {
        method: "POST",
        headers: { cookie, ...headers },
        body: { text: "hm" },
      });
    const { host } = new URL(page.url);
    expect((await change({})).status).toBe(403);
    expect((await change({ "x-eyas-csrf": "wrong" })).status).toBe(403);
    expect((await change({ "x-eyas-csrf": csrf, origin: "http://evil.example" })).status).toBe(403);
    expect((await change({ "x-eyas-csrf": csrf, "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await change({ "x-eyas-csrf": csrf, "content-type": "text/plain" })).status).toBe(415);
    expect(
      (await change({ "x-eyas-csrf": csrf, origin: `http://${host}`, "sec-fetch-site": "same-origin" })).status,
    ).toBe(200);
    expect((await page.ask(`${API}/alerts`, { headers: { cookie: `${cookie}x` } })).status).toBe(401);
    const out = await page.ask(`${API}/session`, { method: "DELETE", headers: { cookie, "x-eyas-csrf": csrf } });
    expect(out.headers["set-cookie"]?.[0]).toContain("Max-Age=0");
  });

  test("tries to guess tokens are slowed down", async () => {
    const other = await openTestPage([]);
    const tries = await Promise.all(
      Array.from({ length: 12 }, () => other.ask(`${API}/session`, { method: "POST", body: { token: "guess" } })),
    );
    const bearers = await Promise.all(
      Array.from({ length: 12 }, () => other.ask(`${API}/alerts`, { headers: { authorization: "Bearer guess" } })),
    );
    for (const all of [tries, bearers]) {
      expect(new Set(all.map(({ status }) => status))).toEqual(new Set([401, 429]));
      expect(all.find(({ status }) => status === 429)?.headers["retry-after"]).toBe("1");
    }
    await other.close();
  });

  test("what people do is written down", async () => {
    const { json: body } = await page.ask(`${API}/users/audit`, { as: "admin" });
    const found = isObject(body) && Array.isArray(body.entries) ? body.entries : [];
    expect(found).toContainEqual(expect.objectContaining({ user: "rita", action: "sign-in", address: "127.0.0.1" }));
    expect(found).toContainEqual(
      expect.objectContaining({ user: "rita", action: "comment", target: ids[0], detail: "hm" }),
    );
    expect(JSON.stringify(found)).not.toContain(page.tokens.responder);
  });
});

describe("what is not let in", () => {
  test.each([
    "/assets/../secret.txt",
    "/assets/%2e%2e/secret.txt",
    "/assets/..%2fsecret.txt",
    "/assets/..%5csecret.txt",
    "/../../etc/passwd",
    "//etc/passwd",
    `${API}/samples/..%2fsecret.txt`,
    `${API}/samples/%2e%2e%2fsecret.txt`,
    `${API}/samples/../secret.txt`,
    `${API}/samples/%00drill.scap`,
    `${API}/samples/%ff`,
    `${API}/alerts/..%2f..%2fx`,
  ])("%s leads nowhere", async (path) => {
    const { status, text } = await page.ask(path, { as: "admin" });
    expect([400, 404]).toContain(status);
    expect(text).not.toContain("secret\n");
    expect(text).not.toContain("root:");
  });

  test("addresses, parameters, headers and bodies that are too large", async () => {
    const as = "admin";
    expect((await page.ask(`${API}/alerts?text=${"a".repeat(2000)}`, { as })).status).toBe(400);
    expect((await page.ask(`${API}/alerts?text=${"a".repeat(9000)}`, { as })).status).toBe(414);
    expect((await page.ask(`${API}/alerts?text=${"a".repeat(20_000)}`, { as })).status).toBe(431);
    expect((await page.ask(`${API}/alerts?limit=1001`, { as })).status).toBe(400);
    expect((await page.ask(`${API}/alerts?limit=1e9`, { as })).status).toBe(400);
    expect((await page.ask(`${API}/alerts?limit=5&limit=6`, { as })).status).toBe(400);
    expect((await page.ask(`${API}/alerts?cursor=x`, { as })).status).toBe(400);
    const large = { method: "POST", as, body: { yaml: "x".repeat(70_000) } } as const;
    expect((await page.ask(`${API}/exceptions`, large)).status).toBe(413);
    expect((await page.ask(`${API}/exceptions`, { ...large, body: { yaml: "x".repeat(30_000) } })).status).toBe(400);
    expect((await page.ask(`${API}/exceptions`, { ...large, body: "{" })).status).toBe(400);
    expect((await page.ask(`${API}/exceptions`, { ...large, body: { yaml: "x", more: 1 } })).status).toBe(400);
  });

  test("names that are not ours, so that nobody's page can point its own name here", async () => {
    const named = (host: string) => page.ask(`${API}/status`, { as: "viewer", headers: { host } });
    for (const host of ["evil.example", "evil.example:8766", "127.0.0.1.evil.example", "vm.evil.example"])
      expect((await named(host)).status).not.toBe(200);
    for (const host of ["localhost:1", "127.0.0.1", "[::1]:80", "eyas.example", "EYAS.example:80"])
      expect((await named(host)).status).toBe(200);
  });

  test("methods that a path does not have", async () => {
    const put = await page.ask(`${API}/alerts`, { method: "PUT", as: "admin" });
    expect([put.status, put.headers.allow]).toEqual([405, "GET"]);
    expect((await page.ask("/", { method: "POST" })).status).toBe(405);
  });
});

test("the page, its scripts and the playground's worker each have their own strict policy", async () => {
  const index = await page.ask("/alerts/whatever");
  expect(index.text).toContain("<title>Eyas");
  expect(index.headers["content-security-policy"]).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  for (const [name, value] of Object.entries({
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
  }))
    expect(index.headers[name]).toBe(value);
  const script = await page.ask("/assets/main-abc.js");
  expect(script.headers["cache-control"]).toContain("immutable");
  expect(script.headers["content-security-policy"]).not.toContain("unsafe-eval");
  expect((await page.ask("/assets/worker-abc.js")).headers["content-security-policy"]).toContain("'unsafe-eval'");
  expect((await page.ask(`${API}/status`, { as: "viewer" })).headers["content-security-policy"]).toBe(
    "default-src 'none'; frame-ancestors 'none'",
  );
  expect((await page.ask("/nothing.html")).status).toBe(404);
});

test("what is hostile in an alert comes out as it went in, as JSON and nothing else", async () => {
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
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(csv.text.replaceAll("\r\n", "")).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  const lines = (await page.ask(`${API}/alerts/export?format=json`, { as: "viewer" })).text.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).uuid)).toEqual(ids.toReversed());
});

test("alerts are acknowledged, closed with a reason, opened again and commented on", async () => {
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

describe("an exception from an alert", () => {
  const propose = async (id: string, fields?: readonly string[]): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await page.ask(`${API}/alerts/${id}/exception`, {
      method: "POST",
      as: "responder",
      body: fields === undefined ? {} : { fields },
    });
    expect(answer.status, answer.text).toBe(200);
    return isObject(answer.json) ? answer.json : {};
  };

  test("is what an author would write, and says what it would have hidden", async () => {
    const { yaml, fields, hidden, choices } = await propose(ids[3], ["proc.name", "fd.name"]);
    expect(fields).toEqual(["proc.name", "fd.name"]);
    expect(yaml).toBe(
      "- rule: File read\n  exceptions:\n    - name: program_and_file\n      values:\n        - [cat, /etc/file-3]\n  override:\n    exceptions: append\n",
    );
    expect(hidden).toMatchObject({ count: 1, samples: [{ id: ids[3] }] });
    expect(choices).not.toContain("proc.pid");
    expect((await propose(ids[3])).fields).toEqual(["proc.name", "fd.name", "k8s.ns.name"]);
    expect((await propose(ids[3], ["proc.name"])).hidden).toMatchObject({ count: expect.any(Number) });
  });

  test("can be loaded, whatever the values are", async () => {
    const { config } = await loadConfig(undefined);
    for (const value of [
      "a b",
      'quo"te',
      "back\\slash",
      "a, b",
      "(x)",
      "true",
      "~",
      "- x",
      "é",
      "'",
      "#no",
      "x: y",
      "a)",
      "%x",
    ]) {
      page.writer.append([entry(5000, { rule: "File read" }, { "proc.name": value, "fd.name": `/tmp/${value}` })]);
      const [id] = await listed("limit=1");
      const { yaml, hidden } = await propose(id, ["proc.name", "fd.name"]);
      const { results, rules } = await loadFiles(
        [
          { name: "rules.yaml", text: ruleText },
          { name: "mine.yaml", text: String(yaml) },
        ],
        config,
        "all",
      );
      expect(results.flatMap(({ errors }) => errors)).toEqual([]);
      expect(hidden).toMatchObject({ count: 1 });
      const [{ bound }] = rules;
      expect(JSON.stringify(bound.condition.node)).toContain(JSON.stringify(value).slice(1, -1));
    }
  });

  test("is not proposed from what can't be written into a rule", async () => {
    const [esc] = await listed(asked(`output = "${hostile[2].replaceAll("\u001b", "\u001b")}"`));
    expect(esc).toBe(ids[303]);
    const refused = await page.ask(`${API}/alerts/${esc}/exception`, {
      method: "POST",
      as: "responder",
      body: { fields: ["proc.name"] },
    });
    expect(refused.status).toBe(400);
    expect(
      (await page.ask(`${API}/alerts/${esc}/exception`, { method: "POST", as: "responder", body: {} })).status,
    ).toBe(400);
  });

  test("is applied by an admin alone, and refused with the sentence of who applies it", async () => {
    const apply = (yaml: string) => page.ask(`${API}/exceptions`, { method: "POST", as: "admin", body: { yaml } });
    expect((await apply("- rule: x")).json).toEqual({ file: "exceptions.yaml", reloaded: true });
    expect(page.wishes.at(-1)).toEqual({ kind: "except", yaml: "- rule: x" });
    expect((await apply("bad")).json).toEqual({ error: { code: "not_applied", message: "That is bad." } });
  });
});

test("alerts are told of within a second, and those that were missed are made up for", async () => {
  const first = await follow(
    "/events",
    {},
    (text) => text.includes("event: status"),
    () => {},
  );
  expect(first).toMatch(/event: status\ndata: \{/);
  let raised = 0;
  const told = await follow(
    `/events?${asked("proc.name = live")}`,
    {},
    (text) => text.includes("event: alert"),
    () => {
      raised = performance.now();
      page.writer.append([entry(6000), entry(6001, {}, { "proc.name": "live" })]);
    },
  );
  expect(performance.now() - raised).toBeLessThan(1000);
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

test("who follows hears what becomes of alerts", async () => {
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

/** Follows until what came is as wanted. */
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

describe("every answer is as the OpenAPI document says", () => {
  const examples: Readonly<Record<string, { readonly query?: string; readonly body?: unknown; readonly skip?: true }>> =
    {
      "POST /session": { body: {} },
      "GET /events": { skip: true },
      "GET /alerts/count": { query: "?by=hostname" },
      "GET /alerts/export": { query: "?format=json" },
      "POST /alerts/{id}/state": { body: { state: "acknowledged" } },
      "POST /alerts/{id}/comments": { body: { text: "hm" } },
      "POST /alerts/{id}/exception": { body: { fields: ["proc.name"] } },
      "POST /exceptions": { body: { yaml: "- rule: x" } },
    };
  const operations = apiRoutes(nothing()).routes;

  test("which describes every route", async () => {
    const { json: document } = await page.ask(`${API}/openapi.json`);
    const paths = isObject(document) && isObject(document.paths) ? document.paths : {};
    for (const { method, path } of operations) expect(paths[path]).toHaveProperty(method.toLowerCase());
    expect(isObject(document) && isObject(document.components) && document.components.schemas).toEqual(
      JSON.parse(JSON.stringify(schemas)),
    );
  });

  test.each(operations.map((route) => [`${route.method} ${route.path}`, route] as const))("%s", async (name, route) => {
    const { query = "", body, skip } = examples[name] ?? {};
    if (skip) return;
    const path =
      API +
      route.path
        .replace("{id}", ids[1])
        .replace("/samples/{name}", "/samples/drill.scap")
        .replace("{name}", "File%20read") +
      query;
    const sent = name === "POST /session" ? { token: page.tokens.viewer } : (body ?? {});
    const answer = await page.ask(path, {
      method: route.method,
      as: "admin",
      ...(route.method === "POST" && { body: sent }),
    });
    expect(answer.status, answer.text).toBe(200);
    if ("mediaType" in route.answer) expect(answer.headers["content-type"]).toContain(route.answer.mediaType);
    else expect(mistakeIn(answer.json, route.answer as Schema, schemas)).toBeUndefined();
  });

  test("refusals too", async () => {
    for (const path of ["/alerts?x=1", "/nothing", "/alerts/x"]) {
      const answer = await page.ask(API + path, { as: "viewer" });
      expect(mistakeIn(answer.json, { $ref: "#/components/schemas/Error" }, schemas)).toBeUndefined();
    }
  });
});

test("users are in a file of their owner's, with hashes alone; who gets another token is signed out", async () => {
  const { addUser } = await import("../src/api/users.ts");
  const file = join(page.folder, "users.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  for (const token of Object.values(page.tokens)) expect(readFileSync(file, "utf8")).not.toContain(token);
  const signed = await page.ask(`${API}/session`, { method: "POST", body: { token: page.tokens.viewer } });
  const [cookie] = (signed.headers["set-cookie"]?.[0] ?? "").split("; ");
  expect((await page.ask(`${API}/status`, { headers: { cookie } })).status).toBe(200);
  addUser(file, "vera", "viewer");
  await expect
    .poll(async () => (await page.ask(`${API}/status`, { headers: { cookie } })).status, { timeout: 3000 })
    .toBe(401);
  expect((await page.ask(`${API}/status`, { as: "viewer" })).status).toBe(401);
});

test("another journal in the place of one that was damaged is taken up, and one that can't be read is said to be so", async () => {
  const own = await openTestPage([entry(1)]);
  const count = async () => {
    const { json: body } = await own.ask(`${API}/alerts`, { as: "viewer" });
    return isObject(body) && Array.isArray(body.alerts) ? body.alerts.length : body;
  };
  expect(await count()).toBe(1);
  own.writer.close();
  for (const suffix of ["", "-wal", "-shm"])
    if (statSync(own.journal + suffix, { throwIfNoEntry: false }))
      renameSync(own.journal + suffix, `${own.journal}.aside${suffix}`);
  expect(await count()).toBe(0);
  appendFileSync(own.journal, "this is no database, and longer than a header of one would be".repeat(20));
  expect(await count()).toMatchObject({ error: { code: "journal" } });
  renameSync(own.journal, `${own.journal}.worse`);
  const fresh = openWriter(own.journal, { maxAge: 0, maxSize: 0 });
  fresh.append([entry(2), entry(3)]);
  expect(await count()).toBe(2);
  fresh.close();
  await own.close().catch(() => {}); // its writer is closed already
});

/** Parts for a table of routes that is only read. */
function nothing(): Parameters<typeof apiRoutes>[0] {
  const unused = (): never => {
    throw new Error("only the table is read");
  };
  return {
    store: new Proxy({} as Parameters<typeof apiRoutes>[0]["store"], { get: unused }),
    sensor: { status: unused, rules: unused, costs: unused, wish: unused },
    users: { withToken: unused, sign: unused, withCookie: unused, csrf: unused },
    secure: false,
    samples: "",
  };
}
