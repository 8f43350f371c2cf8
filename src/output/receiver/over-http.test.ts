import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type Answer,
  alertAbout,
  common,
  hostile,
  noCertificates,
  type Receiver,
  startReceiver,
} from "../receiver.fixture.ts";
import { type HttpForm, httpForm } from "../transport/http-form.ts";
import { alertmanager } from "./alertmanager/form.ts";
import { cliq } from "./cliq/form.ts";
import { googlechat } from "./googlechat/form.ts";
import { grafana } from "./grafana.ts";
import { loki } from "./loki/form.ts";
import { mattermost } from "./mattermost.ts";
import { otlpLogs } from "./otlp-logs/form.ts";
import { otlpTraces } from "./otlp-traces/form.ts";
import { pagerduty } from "./pagerduty.ts";
import { rocketchat } from "./rocketchat.ts";
import { slack } from "./slack/form.ts";
import { splunk } from "./splunk.ts";
import { teams } from "./teams.ts";
import { webhook } from "./webhook.ts";

/** Stand-ins for the receivers. Each validates the whole request against the receiver's documentation. */
let receiver: Receiver;
let answer: () => Answer = () => ({});

beforeEach(async () => {
  answer = () => ({});
  receiver = await startReceiver(() => answer());
});
afterEach(() => receiver.stop());

function open(form: HttpForm | undefined) {
  if (form === undefined) throw new Error("the output is disabled");
  return httpForm(form, common, noCertificates);
}

const slackKeys = {
  webhookurl: "",
  channel: "",
  username: "Eyas",
  icon: "",
  footer: "",
  outputformat: "all",
  messageformat: "",
} as const;
const { channel: _channel, ...chatKeys } = slackKeys;
const cliqKeys = { webhookurl: "", icon: "", useemoji: false, outputformat: "all", messageformat: "" } as const;
const lokiKeys = {
  hostport: "",
  endpoint: "/loki/api/v1/push",
  user: "",
  apikey: "",
  tenant: "",
  format: "text",
  extralabels: [],
} as const;
const grafanaKeys = { hostport: "", apikey: "key", dashboardid: 0, panelid: 0, allfieldsastags: false } as const;
const alertmanagerKeys = {
  hostport: [],
  endpoint: "/api/v2/alerts",
  expiresafter: 0,
  extralabels: {},
  extraannotations: {},
  customseveritymap: {},
  dropeventdefaultpriority: "critical",
  dropeventthresholds: [{ value: 10, priority: "warning" }],
} as const;

/** Each receiver with the address of its stand-in. */
const forms: readonly (readonly [string, (url: string) => HttpForm | undefined | Promise<HttpForm>])[] = [
  ["alertmanager", (url) => alertmanager({ ...alertmanagerKeys, hostport: [url] })],
  ["cliq", (url) => cliq({ ...cliqKeys, webhookurl: url })],
  ["googlechat", (url) => googlechat({ webhookurl: url, outputformat: "all", messageformat: "" })],
  ["grafana", (url) => grafana({ ...grafanaKeys, hostport: url })],
  ["loki", (url) => loki({ ...lokiKeys, hostport: url })],
  ["mattermost", (url) => mattermost({ ...chatKeys, webhookurl: url })],
  ["otlp.logs", (url) => otlpLogs({ endpoint: url, headers: {}, enablecompression: false })],
  ["otlp.traces", (url) => otlpTraces({ endpoint: url, headers: {}, enablecompression: false, duration: 1000 })],
  ["pagerduty", (url) => pagerduty({ routingkey: "key", region: "us", address: url })],
  ["rocketchat", (url) => rocketchat({ ...chatKeys, webhookurl: url })],
  ["slack", (url) => slack({ ...slackKeys, webhookurl: url })],
  ["splunk", (url) => splunk({ host: url, token: "token" })],
  ["teams", (url) => teams({ webhookurl: url, outputformat: "all" })],
  ["webhook", (url) => webhook({ address: url, method: "POST" })],
];

const body = (i = 0): unknown => JSON.parse(receiver.requests[i]?.body ?? "");
const id = expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/);
const isoTime = "2026-07-30T12:34:56.123456789Z";

/** An alert as Falcosidekick sends it over HTTP. */
const event = (said: string) => ({
  uuid: id,
  output: `12:34:56.123456789: Warning ${said}`,
  priority: "Warning",
  rule: "A shell",
  time: isoTime,
  source: "syscall",
  tags: ["T1059", "mitre_execution"],
  hostname: "node-1",
  output_fields: {
    "evt.type": "execve",
    "k8s.ns.name": "shop",
    "proc.aname[2]": said,
    "proc.cmdline": said,
    "proc.name": "sh",
    "proc.pid": 4711,
  },
});

test.each(forms)(
  "%s: any text of an alert is sent as a value, without effect on the rest of the request (stand-in)",
  async (_, form) => {
    const output = open(await form(receiver.url));
    expect(await output.deliver([alertAbout("calm")])).toEqual({ outcome: "delivered" });
    expect(await output.deliver([alertAbout(hostile)])).toEqual({ outcome: "delivered" });
    await output.close();
    const [calm, wild] = receiver.requests;
    expect(receiver.requests).toHaveLength(2);
    expect(wild?.path).toBe(calm?.path);
    const same = ({ host, "content-length": _, date: __, ...rest }: Readonly<Record<string, unknown>>) => rest;
    expect(same(wild?.headers ?? {})).toEqual(same(calm?.headers ?? {}));
    expect(shapeOf(JSON.parse(wild?.body ?? ""))).toEqual(shapeOf(JSON.parse(calm?.body ?? "")));
    expect(
      textsIn(JSON.parse(wild?.body ?? "")).some((text) =>
        [text, text.replaceAll("\u200b", ""), unescaped(text)].some((each) => each.includes(hostile)),
      ),
    ).toBe(true);
  },
);

/** Replaces each scalar in a value with the name of its type. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]));
  return typeof value;
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

test("slack: a message with text, fields and colour; numbers are among the fields (stand-in)", async () => {
  await open(slack({ ...slackKeys, webhookurl: `${receiver.url}/services/T/B/X`, channel: "#alerts" })).deliver([
    alertAbout("<!channel> a & b"),
  ]);
  const said = "&lt;!channel&gt; a &amp; b";
  const short = (title: string, value: string) => ({ title, value, short: true });
  expect(receiver.requests[0]).toMatchObject({ method: "POST", path: "/services/T/B/X" });
  expect(body()).toEqual({
    username: "Eyas",
    channel: "#alerts",
    attachments: [
      {
        fallback: `12:34:56.123456789: Warning ${said}`,
        text: `12:34:56.123456789: Warning ${said}`,
        color: "#ffc700",
        mrkdwn_in: [],
        fields: [
          short("rule", "A shell"),
          short("priority", "Warning"),
          short("source", "syscall"),
          short("hostname", "node-1"),
          short("tags", "T1059, mitre_execution"),
          short("evt.type", "execve"),
          short("k8s.ns.name", "shop"),
          short("proc.aname[2]", said),
          short("proc.cmdline", said),
          short("proc.name", "sh"),
          short("proc.pid", "4711"),
          { title: "time", value: isoTime, short: false },
        ],
      },
    ],
  });
});

test("slack: values in messageformat cannot add markup; the original text is sent if the format fails (stand-in)", async () => {
  const messageformat = '*{{ .Rule }}* <https://example.org|{{ index .OutputFields "proc.cmdline" }}>';
  await open(slack({ ...slackKeys, webhookurl: receiver.url, messageformat })).deliver([alertAbout("<!channel>")]);
  expect(body()).toMatchObject({ text: "*A shell* <https://example.org|&lt;!channel&gt;>" });
  receiver.requests.length = 0;
  const failing = open(slack({ ...slackKeys, webhookurl: receiver.url, messageformat: "{{ index .Tags 9 }}" }));
  await failing.deliver([alertAbout("a"), alertAbout("b")]);
  expect(body()).toMatchObject({ text: "12:34:56.123456789: Warning a" });
  expect(failing.warnings?.()).toEqual([
    'outputs.slack.messageformat fails for an alert of the rule "A shell": index 9 is out of range for length 2. Alerts for which the template fails are sent with their original text',
  ]);
  expect(failing.warnings?.()).toEqual([]);
});

test.for([
  ["mattermost", mattermost, { footer: "f" }],
  ["rocketchat", rocketchat, {}],
] as const)("%s: a message in Slack's format, without mentions and links (stand-in)", async ([, form, more]) => {
  const messageformat = '[{{ .Rule }}](https://example.org) {{ index .OutputFields "proc.cmdline" }}';
  const keys = { ...chatKeys, ...more, webhookurl: `${receiver.url}/hooks/x`, icon: "https://i", messageformat };
  await open(await form(keys)).deliver([alertAbout("@all <!here> ![x](http://x)")]);
  const said = "@\u200ball <\u200b!here> ![x]\u200b(http://x)";
  expect(receiver.requests[0]).toMatchObject({ method: "POST", path: "/hooks/x" });
  expect(body()).toMatchObject({
    username: "Eyas",
    icon_url: "https://i",
    text: `[A shell](https://example.org) ${said}`,
    attachments: [
      {
        ...more,
        fallback: `12:34:56.123456789: Warning ${said}`,
        text: `12:34:56.123456789: Warning ${said}`,
        color: "#ffc700",
        fields: expect.arrayContaining([{ title: "proc.cmdline", value: said, short: true }]),
      },
    ],
  });
});

test("googlechat: a text without mentions, and a card with escaped HTML (stand-in)", async () => {
  const keys = { webhookurl: `${receiver.url}/v1/spaces/A/messages?key=k&token=t`, messageformat: "" };
  await open(googlechat({ ...keys, outputformat: "all" })).deliver([alertAbout("<users/all> <b>&")]);
  expect(receiver.requests[0]?.path).toBe("/v1/spaces/A/messages?key=k&token=t");
  const row = (topLabel: string, text: string) => ({ decoratedText: { topLabel, text, wrapText: true } });
  const said = "&lt;users/all&gt; &lt;b&gt;&amp;";
  expect(body()).toEqual({
    text: "12:34:56.123456789: Warning <\u200busers/all> <\u200bb>&",
    cardsV2: [
      {
        cardId: id,
        card: {
          header: { title: "A shell", subtitle: "Warning" },
          sections: [
            {
              widgets: [
                row("rule", "A shell"),
                row("priority", "Warning"),
                row("source", "syscall"),
                row("hostname", "node-1"),
                row("tags", "T1059, mitre_execution"),
                row("evt.type", "execve"),
                row("k8s.ns.name", "shop"),
                row("proc.aname[2]", said),
                row("proc.cmdline", said),
                row("proc.name", "sh"),
                row("proc.pid", "4711"),
                row("time", isoTime),
              ],
            },
          ],
        },
      },
    ],
  });
});

test("googlechat: a text formatted with messageformat, and long alerts that fit into a message (stand-in)", async () => {
  const keys = { webhookurl: receiver.url, messageformat: '*{{ .Rule }}* {{ index .OutputFields "proc.cmdline" }}' };
  await open(googlechat({ ...keys, outputformat: "text" })).deliver([alertAbout("<x>")]);
  expect(body()).toEqual({ text: "*A shell* <\u200bx>" });
  const names = Array.from({ length: 200 }, (_, i) => `json.value[/${i}]`);
  const values = names.map(() => JSON.stringify("<𝄞".repeat(5000)));
  const long = alertAbout("ü".repeat(50_000), { parts: { hostname: "h", output: "", names, values } });
  await open(googlechat({ ...keys, outputformat: "all" })).deliver([long]);
  expect(Buffer.byteLength(receiver.requests[1]?.body ?? "")).toBeLessThan(32_000);
  expect(body(1)).toMatchObject({ cardsV2: [{ card: { sections: [{ widgets: { length: 80 } }] } }] });
});

test("cliq: a text with a symbol, and a table; with messageformat, the text of the alert is below (stand-in)", async () => {
  const keys = { ...cliqKeys, webhookurl: `${receiver.url}/api/v2/bots/b/message?zapikey=z`, useemoji: true };
  const rows = [{ field: "rule", value: "A shell" }];
  await open(cliq({ ...keys, icon: "https://i" })).deliver([alertAbout("@x")]);
  expect(receiver.requests[0]?.path).toBe("/api/v2/bots/b/message?zapikey=z");
  expect(body()).toEqual({
    text: "🟡 12:34:56.123456789: Warning @\u200bx",
    bot: { name: "Eyas", image: "https://i" },
    slides: [{ type: "table", data: { headers: ["field", "value"], rows: expect.arrayContaining(rows) } }],
  });
  await open(cliq({ ...keys, useemoji: false, messageformat: "*{{ .Rule }}*" })).deliver([alertAbout("x")]);
  expect(body(1)).toMatchObject({
    text: "*A shell*",
    slides: [{ type: "text", data: "12:34:56.123456789: Warning x" }, { type: "table" }],
  });
  await open(cliq({ ...keys, useemoji: false, outputformat: "text" })).deliver([alertAbout("x")]);
  expect(body(2)).toEqual({ text: "12:34:56.123456789: Warning x", bot: { name: "Eyas" } });
});

test("teams: an Adaptive Card without markup (stand-in)", async () => {
  await open(teams({ webhookurl: receiver.url, outputformat: "text" })).deliver([alertAbout("[x](http://x)")]);
  const line = (run: object) => ({ type: "RichTextBlock", inlines: [{ type: "TextRun", ...run }] });
  expect(body()).toEqual({
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          type: "AdaptiveCard",
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          version: "1.4",
          body: [
            line({ text: "Warning: A shell", weight: "bolder", size: "large", color: "warning" }),
            line({ text: "12:34:56.123456789: Warning [x](http://x)" }),
          ],
        },
      },
    ],
  });
});

test("pagerduty: an event with the alert's severity, and one incident for an alert that is sent twice (stand-in)", async () => {
  const output = open(pagerduty({ routingkey: "s3cret", region: "eu", address: `${receiver.url}/v2/enqueue` }));
  answer = () => ({ status: 202, body: '{"status":"success"}' });
  await output.deliver([alertAbout("x")]);
  await output.deliver([alertAbout("x")]);
  expect(body()).toEqual({
    routing_key: "s3cret",
    event_action: "trigger",
    dedup_key: id,
    client: "Eyas",
    payload: {
      source: "node-1",
      summary: "12:34:56.123456789: Warning x",
      severity: "warning",
      timestamp: isoTime,
      component: "syscall",
      class: "A shell",
      custom_details: event("x"),
    },
  });
  expect(body(1)).toEqual(body());
  answer = () => ({ status: 400, body: '{"status":"invalid event","errors":["routing key s3cret is unknown"]}' });
  expect(await output.deliver([alertAbout("x")])).toEqual({
    outcome: "rejected",
    reason: 'status 400: {"status":"invalid event","errors":["routing key *** is unknown"]}',
  });
});

test("pagerduty: each region has its address", () => {
  const hosts = (["us", "eu"] as const).map(
    (region) => pagerduty({ routingkey: "k", region, address: "" })?.urls[0]?.host,
  );
  expect(hosts).toEqual(["events.pagerduty.com", "events.eu.pagerduty.com"]);
});

test("grafana: an annotation with escaped HTML (stand-in)", async () => {
  const keys = { ...grafanaKeys, hostport: `${receiver.url}/grafana/`, dashboardid: 3, allfieldsastags: true };
  await open(grafana(keys)).deliver([alertAbout("<b>")]);
  expect(receiver.requests[0]).toMatchObject({
    path: "/grafana/api/annotations",
    headers: { authorization: "Bearer key" },
  });
  expect(body()).toEqual({
    dashboardId: 3,
    time: 1_785_414_896_123,
    timeEnd: 1_785_414_896_123,
    tags: [
      "falco",
      "Warning",
      "A shell",
      "syscall",
      "node-1",
      "T1059",
      "mitre_execution",
      "execve",
      "shop",
      "<b>",
      "<b>",
      "sh",
      "4711",
    ],
    text: "12:34:56.123456789: Warning &lt;b&gt;",
  });
});

test("webhook: the alert with all digits, with custom headers and method (stand-in)", async () => {
  const form = webhook({ address: `${receiver.url}/in?a=b`, method: "PUT" });
  if (form === undefined) throw new Error("the output is disabled");
  const alert = alertAbout("x", {
    parts: { hostname: "", output: "", names: ["evt.num", "n"], values: ["12345678901234567890", "null"] },
  });
  await httpForm(form, { ...common, customheaders: { "X-Team": "blue" } }, noCertificates).deliver([alert]);
  const [request] = receiver.requests;
  expect(request).toMatchObject({
    method: "PUT",
    path: "/in?a=b",
    headers: { "x-team": "blue", "content-type": "application/json; charset=utf-8" },
  });
  expect(request?.body).toContain('"output_fields":{"evt.num":12345678901234567890}}');
});

test("splunk: the events of a batch in one request; the code in the response determines the outcome (stand-in)", async () => {
  const output = open(splunk({ host: `${receiver.url}/services/collector/event`, token: "t0ken" }));
  answer = () => ({ body: '{"text":"Success","code":0}' });
  expect(await output.deliver([alertAbout("one"), alertAbout("two")])).toEqual({ outcome: "delivered" });
  expect(receiver.requests[0]).toMatchObject({
    path: "/services/collector/event",
    headers: { authorization: "Splunk t0ken" },
  });
  const events = (receiver.requests[0]?.body ?? "").split("\n").map((line): unknown => JSON.parse(line));
  const around = { time: 1_785_414_896.123, host: "node-1", source: "falco", sourcetype: "falcosidekick" };
  expect(events).toEqual([
    { ...around, event: event("one") },
    { ...around, event: event("two") },
  ]);
  answer = () => ({ status: 503, body: '{"text":"Server is busy","code":9}', headers: { "retry-after": "2" } });
  expect(await output.deliver([alertAbout("x")])).toMatchObject({ outcome: "retry", wait: 2000 });
  answer = () => ({ status: 403, body: '{"text":"Invalid token","code":4}' });
  expect(await output.deliver([alertAbout("x")])).toMatchObject({ outcome: "retry", persistent: true });
  answer = () => ({ status: 400, body: '{"text":"Invalid data format","code":6}' });
  expect(await output.deliver([alertAbout("x")])).toMatchObject({ outcome: "rejected" });
});

test.each([
  ["splunk", '{"text":"Incorrect index","code":7}'],
  ["pagerduty", '{"status":"invalid event","errors":["Length of \'routing_key\' is incorrect"]}'],
  ["teams", '{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"…"}}'],
  ["mattermost", '{"id":"web.incoming_webhook.invalid.app_error","message":"Invalid webhook.","status_code":400}'],
  ["rocketchat", '{"success":false,"error":"invalid-channel"}'],
])("%s: a rejection that an administrator can fix requests a retry (stand-in)", async (name, body) => {
  const [, form] = forms.find(([each]) => each === name) ?? [];
  answer = () => ({ status: 400, body });
  const output = open(await form?.(receiver.url));
  expect(await output.deliver([alertAbout("x")])).toMatchObject({ outcome: "retry", persistent: true });
  answer = () => ({ status: 400, body: "{}" });
  expect(await output.deliver([alertAbout("x")])).toMatchObject({ outcome: "rejected" });
});

test.each(forms)(
  "%s: a rotated key, a missing address and a redirect are persistent failures (stand-in)",
  async (_, form) => {
    const output = open(await form(receiver.url));
    for (const status of [301, 308, 401, 402, 403, 404, 407, 410, 421]) {
      answer = () => ({ status });
      expect(await output.deliver([alertAbout("x"), alertAbout("y")]), `${status}`).toMatchObject({
        outcome: "retry",
        persistent: true,
      });
    }
    answer = () => ({});
    expect(await output.deliver([alertAbout("x"), alertAbout("y")])).toEqual({ outcome: "delivered" });
  },
);

test.each(forms)(
  "%s: an alert that a filter in front of the receiver rejects does not block others (stand-in)",
  async (_, form) => {
    await receiver.stop();
    const taken = new Set<string>();
    const said = Array.from({ length: 20 }, (_, i) => `said-${i}.`);
    receiver = await startReceiver(({ body: whole }) => {
      if (whole.includes("said-13.")) return { status: 403, body: "<html>Blocked</html>" };
      for (const each of said) if (whole.includes(each)) taken.add(each);
      return {};
    });
    const batch = said.map((each) => alertAbout(each));
    const delivery = await open(await form(receiver.url)).deliver(batch);
    expect(delivery).toMatchObject({ outcome: "partly", retry: [], rejected: [{ alert: batch[13] }] });
    expect(taken.size).toBe(19);
    // With a single alert, the receiver may be the cause.
    expect(await open(await form(receiver.url)).deliver([batch[13]!])).toMatchObject({
      outcome: "retry",
      ambiguous: true,
    });
  },
);

test("loki: alerts with the same labels are one stream (stand-in)", async () => {
  const keys = {
    ...lokiKeys,
    hostport: receiver.url,
    tenant: "team",
    user: "u",
    apikey: "p",
    extralabels: ["proc.name"],
  };
  answer = () => ({ status: 204 });
  const other = alertAbout("three", { rule: "Another" });
  await open(loki(keys)).deliver([alertAbout("one"), alertAbout("two"), other]);
  expect(receiver.requests[0]).toMatchObject({
    path: "/loki/api/v1/push",
    headers: { "x-scope-orgid": "team", authorization: "Basic dTpw", "content-type": "application/json" },
  });
  const labels = {
    rule: "A shell",
    source: "syscall",
    priority: "Warning",
    k8s_ns_name: "shop",
    hostname: "node-1",
    tags: "T1059,mitre_execution",
    proc_name: "sh",
  };
  const line = (said: string) => ["1785414896123456789", `12:34:56.123456789: Warning ${said}`];
  expect(body()).toEqual({
    streams: [
      { stream: labels, values: [line("one"), line("two")] },
      { stream: { ...labels, rule: "Another" }, values: [line("three")] },
    ],
  });
});

test("otlp.logs: one record per alert with typed attributes; rejected records reject the alerts (stand-in)", async () => {
  const output = open(otlpLogs({ endpoint: receiver.url, headers: { "api-key": "k3y" }, enablecompression: true }));
  answer = () => ({ body: '{"partialSuccess":{}}' });
  expect(await output.deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
  expect(receiver.requests[0]).toMatchObject({
    path: "/v1/logs",
    headers: { "api-key": "k3y", "content-type": "application/json", "content-encoding": "gzip" },
  });
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  expect(body()).toEqual({
    resourceLogs: [
      {
        resource: { attributes: [text("service.name", "falco"), text("host.name", "node-1")] },
        scopeLogs: [
          {
            scope: { name: "eyas" },
            logRecords: [
              {
                timeUnixNano: "1785414896123456789",
                observedTimeUnixNano: expect.stringMatching(/^\d{19}$/),
                severityNumber: 13,
                severityText: "WARN",
                eventName: "falco.alert",
                body: { stringValue: "12:34:56.123456789: Warning x" },
                attributes: [
                  { key: "uuid", value: { stringValue: id } },
                  text("rule", "A shell"),
                  text("priority", "Warning"),
                  text("source", "syscall"),
                  text("hostname", "node-1"),
                  {
                    key: "tags",
                    value: { arrayValue: { values: [{ stringValue: "T1059" }, { stringValue: "mitre_execution" }] } },
                  },
                  text("evt.type", "execve"),
                  text("k8s.ns.name", "shop"),
                  text("proc.aname[2]", "x"),
                  text("proc.cmdline", "x"),
                  text("proc.name", "sh"),
                  { key: "proc.pid", value: { intValue: "4711" } },
                ],
              },
            ],
          },
        ],
      },
    ],
  });
  answer = () => ({ body: '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}' });
  expect(await output.deliver([alertAbout("x")])).toEqual({
    outcome: "rejected",
    reason: "records rejected (1): too old",
  });
});

test("otlp.logs: a request with some rejected records is not sent again, and causes a warning (stand-in)", async () => {
  const output = open(otlpLogs({ endpoint: receiver.url, headers: {}, enablecompression: false }));
  answer = () => ({ body: '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}' });
  const batch = ["a", "b", "c"].map((said) => alertAbout(said));
  expect(await output.deliver(batch)).toEqual({ outcome: "delivered" });
  expect(output.warnings?.()).toEqual(["the receiver accepted requests without some of their records (1): too old"]);
  await output.deliver(batch);
  expect(output.warnings?.()).toEqual([]); // the next warning contains the number
  answer = () => ({ body: '{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"too old"}}' });
  expect(await output.deliver(batch)).toEqual({ outcome: "rejected", reason: "records rejected (3): too old" });
});

test("after a rejected request with several alerts the rest of the batch is not sent, since the queue splits only the end of a batch (stand-in)", async () => {
  const answers: Answer[] = [{}, { status: 400, body: "odd" }];
  answer = () => answers.shift() ?? {};
  const batch = Array.from({ length: 350 }, (_, i) => alertAbout(String(i)));
  const output = open(alertmanager({ ...alertmanagerKeys, hostport: [receiver.url] }));
  expect(await output.deliver(batch)).toEqual({
    outcome: "partly",
    reason: "status 400: odd",
    retry: [],
    rejected: batch.slice(100).map((alert) => ({ alert, reason: "status 400: odd" })),
  });
  expect(receiver.requests).toHaveLength(2);
});

test("with one alert per request, alerts that were accepted before a failure are not sent again (stand-in)", async () => {
  const answers: Answer[] = [
    {},
    { status: 400, body: "no_text" },
    {},
    { status: 429, headers: { "retry-after": "1" } },
  ];
  answer = () => answers.shift() ?? { status: 500 };
  const batch = ["a", "b", "c", "d", "e"].map((said) => alertAbout(said));
  const delivery = await open(slack({ ...slackKeys, webhookurl: receiver.url })).deliver(batch);
  expect(delivery).toEqual({
    outcome: "partly",
    reason: "status 429",
    wait: 1000,
    retry: batch.slice(3),
    rejected: [{ alert: batch[1], reason: "status 400: no_text" }],
  });
  expect(receiver.requests).toHaveLength(4);
});

test("no reason contains the key of a webhook address, even if the receiver repeats it", async () => {
  const url = `${receiver.url}/services/T000/B000/SECRETSECRET?sig=HIDDEN`;
  answer = () => ({ status: 404, body: "no such hook: /services/T000/B000/SECRETSECRET?sig=HIDDEN" });
  const answered = await open(slack({ ...slackKeys, webhookurl: url })).deliver([alertAbout("x")]);
  await receiver.stop();
  const unanswered = await open(slack({ ...slackKeys, webhookurl: url })).deliver([alertAbout("x")]);
  expect([answered.outcome, unanswered.outcome]).toEqual(["retry", "retry"]);
  expect(JSON.stringify([answered, unanswered])).not.toMatch(/SECRET|HIDDEN/);
});

test("long alerts are truncated to the limits of chats and pagers, between two characters", async () => {
  const said = `${"𝄞".repeat(60_000)}`;
  const names = Array.from({ length: 90 }, (_, i) => `field.${i}`);
  const parts = { hostname: "h", output: "", names, values: names.map(() => JSON.stringify(said)) };
  const long = alertAbout(said, { parts });
  await open(teams({ webhookurl: receiver.url, outputformat: "all" })).deliver([long]);
  await open(pagerduty({ routingkey: "k", region: "us", address: receiver.url })).deliver([long]);
  await open(slack({ ...slackKeys, webhookurl: receiver.url })).deliver([long]);
  const sizes = receiver.requests.map((request) => Buffer.byteLength(request.body));
  expect(sizes[0]).toBeLessThan(28_000);
  expect(sizes[1]).toBeLessThan(512_000);
  for (const i of [0, 1, 2]) expect(textsIn(body(i)).every((text) => text.isWellFormed())).toBe(true);
  expect(body(1)).toMatchObject({ payload: { summary: expect.stringMatching(/^12.{400,}…$/u) } });
});
