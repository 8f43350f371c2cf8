import { afterEach, describe, expect, test } from "vitest";
import { defaultAlertOptions } from "../../../alert/alert.ts";
import { restoredAlert } from "../../../alert/restored.ts";
import { entry, newJournal, reading } from "../../../journal/alerts.fixture.ts";
import { openWriter } from "../../../journal/write.ts";
import { alertAbout, common, hostile, noCertificates } from "../../receiver.fixture.ts";
import type { ElasticsearchKeys } from "./client.ts";
import { type Store, startStore } from "./elasticsearch.fixture.ts";
import { elasticsearch } from "./output.ts";

const keys: ElasticsearchKeys = {
  hostport: "",
  layout: "ecs",
  datastream: "logs-falco.alerts-default",
  retention: 30,
  retentionby: "server",
  index: "falco",
  suffix: "daily",
  createindextemplate: true,
  numberofshards: 1,
  numberofreplicas: 1,
  apikey: "",
  username: "",
  password: "",
  pipeline: "",
  flattenfields: false,
  enablecompression: false,
  maxconcurrentrequests: 2,
  batching: { batchsize: 5_242_880 },
  reportstate: true,
  machines: "eyas-machines",
  machinesretention: 7,
  ...common,
};

const running: Store[] = [];
afterEach(async () => {
  for (const store of running.splice(0)) await store.stop();
});

async function start(distribution: "elasticsearch" | "opensearch" = "elasticsearch"): Promise<Store> {
  const store = await startStore(distribution);
  running.push(store);
  return store;
}

function open(hostport: string, changes: Partial<ElasticsearchKeys> = {}) {
  const output = elasticsearch("elasticsearch", { ...keys, hostport, ...changes }, noCertificates);
  if (output === undefined) throw new Error("it is off");
  return output;
}

const documentsIn = (store: Store, index: string) => [...(store.documents.get(index)?.values() ?? [])];

describe("a strict stand-in, for Elasticsearch policies and for errors", () => {
  test("template and policy of a data stream are created once, before documents of ECS", async () => {
    const store = await start();
    for (let i = 0; i < 2; i++) {
      const output = open(store.url);
      expect(await output.deliver([alertAbout(`${i}`)])).toEqual({ outcome: "delivered" });
      await output.close();
    }
    expect(store.requests.filter(({ method }) => method === "PUT").map(({ path }) => path)).toEqual([
      "/_ilm/policy/logs-falco.alerts-default",
      "/_component_template/logs-falco.alerts-default@eyas",
      "/_component_template/logs-falco.alerts-default@custom",
      "/_index_template/logs-falco.alerts-default",
    ]);
    const template = store.templates.get("logs-falco.alerts-default");
    expect(template).toMatchObject({
      index_patterns: ["logs-falco.alerts-default"],
      data_stream: {},
      template: {
        settings: { "index.lifecycle.name": "logs-falco.alerts-default", "index.number_of_replicas": 1 },
        mappings: {
          date_detection: false,
          properties: {
            "@timestamp": { type: "date" },
            process: { properties: { parent: { properties: { pid: { type: "long" } } }, pid: { type: "long" } } },
            destination: { properties: { ip: { type: "ip" } } },
            falco: { properties: { output_fields: { type: "flattened" } } },
          },
        },
      },
    });
    expect(store.policies.get("logs-falco.alerts-default")).toMatchObject({
      phases: { delete: { min_age: "30d", actions: { delete: {} } } },
    });
    const [document] = documentsIn(store, "logs-falco.alerts-default");
    expect(document).toEqual({
      "@timestamp": "2026-07-30T12:34:56.123456789Z",
      ecs: { version: expect.stringMatching(/^8\./) },
      message: "0",
      tags: ["T1059", "mitre_execution"],
      event: {
        id: expect.any(String),
        kind: "alert",
        module: "falco",
        dataset: "falco.alerts",
        provider: "syscall",
        severity: 3,
        action: "execve",
      },
      log: { level: "warning" },
      rule: { name: "A shell" },
      observer: { vendor: "Eyas", product: "Eyas", type: "sensor", hostname: "node-1" },
      host: { name: "node-1", hostname: "node-1" },
      threat: { framework: "MITRE ATT&CK", tactic: { name: ["execution"] }, technique: { id: ["T1059"] } },
      process: { name: "sh", pid: 4711, command_line: "0" },
      orchestrator: { type: "kubernetes", namespace: "shop" },
      eyas: {
        fields: expect.arrayContaining(["proc.name=sh", "proc.pid=4711", "proc.aname[2]=0"]),
        names: ["evt.type", "k8s.ns.name", "proc.aname[2]", "proc.cmdline", "proc.name", "proc.pid"],
        odd: [],
        words: ["a", "shell", "0", "execve", "shop", "sh", "4711"],
        group: "proc.name=sh\nA shell",
      },
      falco: expect.objectContaining({
        output: "12:34:56.123456789: Warning 0",
        output_fields: expect.objectContaining({ "proc.aname[2]": "0", "proc.pid": 4711 }),
        priority: "Warning",
      }),
    });
  });

  test("for OpenSearch, policy and mapping have the format of OpenSearch", async () => {
    const store = await start("opensearch");
    expect(await open(store.url).deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
    expect(store.policies.get("logs-falco.alerts-default")).toMatchObject({
      ism_template: [{ index_patterns: [".ds-logs-falco.alerts-default-*"] }],
      states: [{ name: "hot" }, { name: "delete" }],
    });
    const template = store.templates.get("logs-falco.alerts-default");
    expect(template?.template.settings).not.toHaveProperty("index.lifecycle.name");
    expect(template?.template.mappings.properties).toMatchObject({
      falco: { properties: { output_fields: { type: "object", enabled: false } } },
    });
  });

  test("without the permission to create component templates, the index template contains the settings", async () => {
    const store = await start();
    store.interrupt = ({ method, path }) =>
      method === "PUT" && path.startsWith("/_component_template/") ? { status: 403, body: "{}" } : undefined;
    const output = open(store.url, { numberofreplicas: 3 });
    expect(await output.deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
    expect(output.warnings?.()).toEqual([
      expect.stringMatching(/^cannot create the component template logs-falco\.alerts-default@eyas \(.*status 403/),
    ]);
    const template = store.templates.get("logs-falco.alerts-default");
    expect(template).toMatchObject({
      data_stream: {},
      template: { settings: { "index.number_of_replicas": 3 }, mappings: { date_detection: false } },
    });
    expect(template).not.toHaveProperty("composed_of");
  });

  test("alerts are retried while a component template cannot be created because of a temporary failure", async () => {
    const store = await start();
    store.interrupt = ({ path }) => (path.endsWith("@custom") ? { status: 503, body: "{}" } : undefined);
    const output = open(store.url);
    expect(await output.deliver([alertAbout("x")])).toMatchObject({ outcome: "retry" });
    expect(store.templates.size).toBe(0);
    store.interrupt = () => undefined;
    expect(await output.deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
    expect(store.templates.get("logs-falco.alerts-default")).toHaveProperty("composed_of");
  });

  test("a server with synthetic source is configured to store documents unchanged", async () => {
    const store = await start();
    store.interrupt = ({ method, path }) =>
      method === "GET" && path === "/" ? { body: '{"version":{"number":"9.1.0"}}' } : undefined;
    expect(await open(store.url).deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
    expect(store.templates.get("logs-falco.alerts-default")?.template.settings["index.mode"]).toBe("standard");
  });

  test("an alert that is sent twice is one document", async () => {
    const store = await start();
    const output = open(store.url);
    await output.deliver([alertAbout("x")]);
    expect(await output.deliver([alertAbout("x"), alertAbout("y")])).toEqual({ outcome: "delivered" });
    expect(documentsIn(store, "logs-falco.alerts-default")).toHaveLength(2);
  });

  test("alerts of two installations about one audit event are one document", async () => {
    const store = await start();
    const stored = ["node-1", "node-2"].map((hostname) => {
      const file = newJournal();
      const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
      writer.append([
        entry(1, { source: "k8s_audit", hostname, identity: "event and rule" }),
        entry(2, { source: "k8s_audit", hostname, identity: "another event" }),
        entry(3, { hostname }),
        entry(4, { hostname, identity: "with its own count" }, { "eyas.repeats": 7 }),
      ]);
      writer.close();
      return reading(file, (reader) => reader.read(0, 9)).map((one) => restoredAlert(one, defaultAlertOptions));
    });
    expect(new Set(stored.flat().map(({ id }) => id)).size).toBe(8);
    const output = open(store.url);
    for (const alerts of stored) expect(await output.deliver(alerts)).toEqual({ outcome: "delivered" });
    await output.close();
    expect([...store.documents.values()].map(({ size }) => size)).toEqual([6]);
  });

  test("only the alerts of a batch that failed temporarily are retried, and rejected alerts are returned", async () => {
    const store = await start();
    store.objection = ({ message }) => {
      if (message === "full") return { status: 429, type: "es_rejected_execution_exception" };
      return message === "odd" ? { status: 400, type: "document_parsing_exception" } : undefined;
    };
    const batch = ["a", "full", "odd", "b"].map((said) => alertAbout(said));
    expect(await open(store.url).deliver(batch)).toEqual({
      outcome: "partly",
      reason: "429 es_rejected_execution_exception: so it is",
      retry: [batch[1]],
      rejected: [{ alert: batch[2], reason: "400 document_parsing_exception: so it is" }],
    });
    expect(documentsIn(store, "logs-falco.alerts-default")).toHaveLength(2);
  });

  test("any text of an alert results in one document with the same keys", async () => {
    const store = await start();
    const batch = [alertAbout("calm"), alertAbout(hostile)];
    expect(await open(store.url).deliver(batch)).toEqual({ outcome: "delivered" });
    const [calm, wild] = documentsIn(store, "logs-falco.alerts-default");
    expect(wild).toMatchObject({ message: hostile, falco: { output_fields: { "proc.cmdline": hostile } } });
    expect(Object.keys(wild ?? {})).toEqual(Object.keys(calm ?? {}));
    expect([...store.documents.keys()]).toEqual(["logs-falco.alerts-default"]);
  });

  test("with Falcosidekick's layout, the index name contains the day, and dots in field names can be replaced", async () => {
    const store = await start();
    const changes = { layout: "falcosidekick", pipeline: "geo" } as const;
    await open(store.url, changes).deliver([alertAbout("x")]);
    await open(store.url, { ...changes, suffix: "monthly", createindextemplate: false }).deliver([alertAbout("x")]);
    expect([...store.documents.keys()]).toEqual(["falco-2026.07.30", "falco-2026.07"]);
    expect(documentsIn(store, "falco-2026.07.30")[0]).toMatchObject({
      "@timestamp": "2026-07-30T12:34:56.123456789Z",
      rule: "A shell",
      output_fields: { proc_cmdline: "x", "proc_aname[2]": "x", proc_pid: 4711 },
    });
    expect(documentsIn(store, "falco-2026.07")[0]).toMatchObject({ output_fields: { "proc.cmdline": "x" } });
    expect(store.templates.get("falco")).toMatchObject({ index_patterns: ["falco-*"] });
    expect(store.requests.at(-1)?.path).toMatch(/[?&]pipeline=geo$/);
  });

  test("the size of requests is limited, and halved if the server accepts only smaller requests", async () => {
    const store = await start();
    const batch = Array.from({ length: 64 }, (_, i) => alertAbout(`${i} ${"x".repeat(1000)}`));
    await open(store.url, { batching: { batchsize: 100_000 } }).deliver(batch);
    const bulks = store.requests.filter(({ path }) => path.startsWith("/_bulk"));
    expect(bulks.length).toBeGreaterThan(3);
    expect(Math.max(...bulks.map(({ body }) => Buffer.byteLength(body)))).toBeLessThanOrEqual(100_000);
    const small = await start();
    small.interrupt = ({ body }) => (Buffer.byteLength(body) > 30_000 ? { status: 413 } : undefined);
    expect(await open(small.url).deliver(batch)).toEqual({ outcome: "delivered" });
    expect(documentsIn(small, "logs-falco.alerts-default")).toHaveLength(64);
  });

  test("an alert that is too large for a server is delivered with truncated texts", async () => {
    const store = await start();
    store.interrupt = ({ body }) => (Buffer.byteLength(body) > 30_000 ? { status: 413 } : undefined);
    const batch = [alertAbout("calm"), alertAbout(`long ${"x".repeat(100_000)}`)];
    expect(await open(store.url).deliver(batch)).toEqual({ outcome: "delivered" });
    const messages = documentsIn(store, "logs-falco.alerts-default").map(({ message }) => String(message).slice(0, 6));
    expect(messages.sort()).toEqual(["calm", "long x"]);
  });

  test("credentials are sent to the server, and do not appear in reasons", async () => {
    const store = await start();
    await open(store.url, { apikey: "k3y" }).deliver([alertAbout("x")]);
    expect(store.requests[0]?.headers.authorization).toBe("ApiKey k3y");
    store.interrupt = () => ({ status: 401, body: "user u with p4ss is wrong" });
    const delivery = await open(store.url, { username: "u", password: "p4ss" }).deliver([alertAbout("x")]);
    expect(store.requests.at(-1)?.headers.authorization).toBe(`Basic ${Buffer.from("u:p4ss").toString("base64")}`);
    expect(delivery).toEqual({
      outcome: "retry",
      reason: "cannot set up the index template: status 401: user u with *** is wrong",
      persistent: true,
    });
  });

  test("a response that is not a bulk API response requests a retry", async () => {
    const store = await start();
    const output = open(store.url, { createindextemplate: false });
    for (const body of ["", "<html>", "{}", '{"errors":true,"items":[]}']) {
      store.interrupt = () => ({ body });
      expect(await output.deliver([alertAbout("x")])).toMatchObject({ outcome: "retry" });
    }
    store.interrupt = () => ({ status: 503, headers: { "retry-after": "3" } });
    expect(await output.deliver([alertAbout("x")])).toMatchObject({ outcome: "retry", wait: 3000 });
  });
});
