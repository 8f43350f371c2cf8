// Tests against real servers: OpenSearch 2 and 3, and the servers in ELASTICSEARCH_URL and OPENSEARCH_URL. The servers'
// own clients read the documents back. Certificates of servers in these variables are not verified.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { Client as Elasticsearch } from "@elastic/elasticsearch";
import { Client as OpenSearch } from "@opensearch-project/opensearch";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { sharedServer } from "../../../../test/parts/shared-server.ts";
import type { Alert } from "../../../alert/alert.ts";
import { Dispatcher } from "../../dispatch/dispatcher.ts";
import type { DeliveryEvent } from "../../dispatch/reports.ts";
import { alertAbout, common, hostile, noCertificates } from "../../receiver.fixture.ts";
import type { ElasticsearchKeys } from "./client.ts";
import { elasticsearch } from "./output.ts";
import { isBackingIndex } from "./retention.ts";

type Found = Readonly<Record<string, unknown>>;

/** Operations of a server. */
interface Server {
  readonly name: "elasticsearch" | "opensearch";
  /**
   * Sends a request.
   * @returns the body of the response
   */
  ask(method: string, path: string, body?: object): Promise<unknown>;
  refresh(index: string): Promise<unknown>;
  /** Finds documents with a query in Lucene syntax. */
  find(index: string, query: string): Promise<readonly Found[]>;
  dataStreams(name: string): Promise<readonly Found[]>;
  template(name: string): Promise<Found | undefined>;
  policy(name: string): Promise<unknown>;
  /** Deletes everything that the test created. */
  clear(dataStream: string, index: string): Promise<void>;
}

function elasticsearchServer(url: URL): Server {
  const { username, password } = url;
  const client = new Elasticsearch({
    node: url.origin,
    tls: { rejectUnauthorized: false },
    ...(username !== "" && { auth: { username, password } }),
  });
  return {
    name: "elasticsearch",
    ask: (method, path, body) => client.transport.request({ method, path, ...(body && { body }) }),
    refresh: (index) => client.indices.refresh({ index }),
    async find(index, q) {
      const { hits } = await client.search<Found>({ index, q, size: 1000 });
      return hits.hits.map(({ _source }) => _source ?? {});
    },
    dataStreams: async (name) =>
      (await client.indices.getDataStream({ name })).data_streams.map((each) => ({ ...each })),
    async template(name) {
      const { index_templates: templates } = await client.indices.getIndexTemplate({ name });
      return templates[0] && { ...templates[0].index_template };
    },
    policy: (name) => client.ilm.getLifecycle({ name }),
    async clear(dataStream, index) {
      await Promise.allSettled([
        client.indices.deleteDataStream({ name: dataStream }),
        client.indices.delete({ index: `${index}-*` }),
      ]);
      await Promise.allSettled([dataStream, index].map((name) => client.indices.deleteIndexTemplate({ name })));
      const components = [dataStream, index].flatMap((name) => [`${name}@eyas`, `${name}@custom`]);
      await Promise.allSettled(components.map((name) => client.cluster.deleteComponentTemplate({ name })));
      await Promise.allSettled([client.ilm.deleteLifecycle({ name: dataStream })]);
      await client.close();
    },
  };
}

function openSearchServer(url: URL): Server {
  const { username, password } = url;
  const client = new OpenSearch({
    node: url.origin,
    ssl: { rejectUnauthorized: false },
    ...(username !== "" && { auth: { username, password } }),
  });
  return {
    name: "opensearch",
    ask: async (method, path, body) => (await client.transport.request({ method, path, ...(body && { body }) })).body,
    refresh: (index) => client.indices.refresh({ index }),
    async find(index, q) {
      const { body } = await client.search({ index, q, size: 1000 });
      return body.hits.hits.map(({ _source }) => ({ ..._source }));
    },
    dataStreams: async (name) =>
      ((await client.indices.getDataStream({ name })).body.data_streams ?? []).map((each) => ({ ...each })),
    async template(name) {
      const { body } = await client.indices.getIndexTemplate({ name });
      return body.index_templates[0] && { ...body.index_templates[0].index_template };
    },
    policy: async (name) => (await client.ism.getPolicy({ policy_id: name })).body,
    async clear(dataStream, index) {
      await Promise.allSettled([
        client.indices.deleteDataStream({ name: dataStream }),
        client.indices.delete({ index: `${index}-*` }),
      ]);
      await Promise.allSettled([dataStream, index].map((name) => client.indices.deleteIndexTemplate({ name })));
      const components = [dataStream, index].flatMap((name) => [`${name}@eyas`, `${name}@custom`]);
      await Promise.allSettled(components.map((name) => client.cluster.deleteComponentTemplate({ name })));
      await Promise.allSettled([client.ism.deletePolicy({ policy_id: dataStream })]);
      await client.close();
    },
  };
}

const keys: ElasticsearchKeys = {
  hostport: "",
  layout: "ecs",
  datastream: "",
  retention: 30,
  retentionby: "server",
  index: "",
  suffix: "daily",
  createindextemplate: true,
  numberofshards: 1,
  numberofreplicas: 0,
  apikey: "",
  username: "",
  password: "",
  pipeline: "",
  flattenfields: false,
  enablecompression: true,
  maxconcurrentrequests: 2,
  batching: { batchsize: 5_242_880 },
  reportstate: true,
  machines: "eyas-machines",
  machinesretention: 7,
  ...common,
  checkcert: false,
  timeout: 30_000,
};

const { ELASTICSEARCH_URL, OPENSEARCH_URL } = process.env;
const named = ({ url, connect }: { url: string; connect: (url: URL) => Server }) => ({
  options: {},
  policies: true,
  address: async () => url,
  connect,
});
const own = (edition: "opensearch-2" | "opensearch-3") => ({
  options: needs(edition),
  /** The test servers lack the plugin for index policies. */
  policies: false,
  address: () => sharedServer(edition),
  connect: openSearchServer,
});
const servers = [
  ["OpenSearch 2", own("opensearch-2")],
  ["OpenSearch 3", own("opensearch-3")],
  ...(ELASTICSEARCH_URL
    ? [["Elasticsearch at ELASTICSEARCH_URL", named({ url: ELASTICSEARCH_URL, connect: elasticsearchServer })] as const]
    : []),
  ...(OPENSEARCH_URL
    ? [["OpenSearch at OPENSEARCH_URL", named({ url: OPENSEARCH_URL, connect: openSearchServer })] as const]
    : []),
] as const;

describe.each(servers)("%s", (_, { options, policies, address, connect }) => {
  describe("with a data stream and indexes of its own", { ...options, timeout: 120_000 }, () => {
    let url: URL;
    let server: Server;
    let run: string;
    let datastream: string;
    let index: string;
    beforeAll(async () => {
      url = new URL(await address());
    }, 120_000);
    beforeEach(() => {
      server = connect(url);
      run = randomUUID();
      [datastream, index] = [`logs-falco.alerts-${run}`, `falco-${run}`];
    });
    afterEach(() => server.clear(datastream, index));

    function open(changes: Partial<ElasticsearchKeys> = {}) {
      const { origin, username, password } = url;
      const all = { ...keys, hostport: origin, username, password, datastream, index, ...changes };
      const output = elasticsearch(server.name, all, noCertificates);
      if (output === undefined) throw new Error("it is off");
      return output;
    }

    const now = { time: BigInt(Date.now()) * 1_000_000n };
    const today = new Date().toISOString().slice(0, 10).replaceAll("-", ".");
    const odd = { names: ["evt.arg", "evt.arg.path", "n"], values: ['"a"', '"b"', "123456789012345678901"] };
    const batch = [
      alertAbout("calm", now),
      alertAbout(hostile, now),
      alertAbout("odd", { ...now, parts: { hostname: "h", output: "", ...odd } }),
      alertAbout(`long ${"x".repeat(100_000)}`, now),
    ];
    const withFields = (said: string, fields: Readonly<Record<string, string>>, changes: Partial<Alert> = {}): Alert =>
      alertAbout(said, {
        ...now,
        parts: { hostname: "h", output: "", names: Object.keys(fields), values: Object.values(fields) },
        ...changes,
      });
    const all = async (target: string) => {
      await server.refresh(target);
      return server.find(target, "*:*");
    };

    test("the data stream contains each alert once, unchanged", async () => {
      const output = open();
      for (let i = 0; i < 2; i++) expect(await output.deliver(batch)).toEqual({ outcome: "delivered" });
      await output.close();
      expect(await all(datastream)).toHaveLength(batch.length);
      const [calm, ...others] = await server.find(datastream, "process.pid:4711 AND message:calm");
      expect(others).toEqual([]);
      expect(calm).toMatchObject({
        message: "calm",
        rule: { name: "A shell" },
        process: { pid: 4711 },
        falco: {
          output: "12:34:56.123456789: Warning calm",
          priority: "Warning",
          output_fields: { "proc.cmdline": "calm", "proc.pid": 4711 },
        },
      });
      expect(await server.find(datastream, 'eyas.fields:"proc.cmdline=calm"')).toEqual([calm]);
      expect(await server.find(datastream, 'orchestrator.namespace:shop AND event.action:"execve"')).toHaveLength(3);
      const messages = (await all(datastream)).map(({ message }) => message);
      expect(messages).toEqual(expect.arrayContaining(["calm", hostile, "odd"]));
    });

    test("the template and the data stream exist; without a policy, there is one warning", async () => {
      const output = open();
      for (let i = 0; i < 2; i++) expect(await output.deliver(batch)).toEqual({ outcome: "delivered" });
      const warnings = [...(output.warnings?.() ?? [])];
      output.reopen();
      expect(await output.deliver(batch)).toEqual({ outcome: "delivered" });
      warnings.push(...(output.warnings?.() ?? []));
      await output.close();
      expect(await server.dataStreams(datastream)).toMatchObject([
        { name: datastream, template: datastream, timestamp_field: { name: "@timestamp" } },
      ]);
      expect(await server.template(datastream)).toMatchObject({ index_patterns: [datastream], data_stream: {} });
      const settings = JSON.stringify(await server.ask("GET", `/${datastream}/_settings`));
      expect(settings).toContain('"codec":"best_compression"');
      if (policies) {
        expect(JSON.stringify(await server.policy(datastream))).toContain('"30d"');
        expect(warnings).toEqual([]);
      } else {
        expect(warnings).toEqual([
          expect.stringMatching(/no handler found .* old alerts are not deleted.*retentionby: eyas/),
        ]);
      }
    });

    test("with Falcosidekick's layout, alerts are written to the index of the day", async () => {
      const output = open({ layout: "falcosidekick" });
      for (let i = 0; i < 2; i++) expect(await output.deliver(batch)).toEqual({ outcome: "delivered" });
      await output.close();
      expect(await all(`${index}-${today}`)).toHaveLength(batch.length);
      expect(await server.template(index)).toMatchObject({ index_patterns: [`${index}-*`] });
    });

    const nest = (depth: number, value: string, open = "[", close = "]"): string =>
      `${open.repeat(depth)}${value}${close.repeat(depth)}`;
    /** Field values that make an index reject a document. */
    const shapes: Readonly<Record<string, string>> = {
      "a long text": JSON.stringify("x".repeat(40_000)),
      "a long text of long characters": JSON.stringify("\u00e9\u{1d11e}".repeat(15_000)),
      "a long text in a list": JSON.stringify(["x".repeat(40_000), "b"]),
      "a long text in an object": JSON.stringify({ a: { b: "x".repeat(40_000) } }),
      "lists in lists": nest(900, '"x"'),
      "lists in too many lists": nest(2000, '"x"'),
      "objects in objects": nest(900, '"x"', '{"a":', "}"),
      "a wide object": JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i]))),
      "a long list": JSON.stringify(Array.from({ length: 100_000 }, (_, i) => i)),
      "a list of unlike members": '[{"a":1},"x",[2],null]',
      "a number beyond 64 bits": "123456789012345678901",
      "a number of many digits": "1".repeat(2000),
      "a fraction of many digits": `0.${"1".repeat(1500)}`,
      "a number beyond doubles": "1e400",
      "half a character": '"\\ud800"',
      "no character": '"a\\u0000b"',
      "an empty object": "{}",
      true: "true",
      "a member's long name": JSON.stringify({ ["k".repeat(51_000)]: 1 }),
      "a member's name of spaces": '{" ":1,"":2,"a..b":3,".":4,"a":5,"a.b":6}',
      "the same name twice": '{"a":1,"a":2}',
      "a line end": '{"a":\n1}',
    };
    const names = ["...", "", ".a", "a.", "a..b", " ", "a\u0000b", "a*b", "_id", "_source", "a=b", "k".repeat(51_000)];
    const attack = [
      ...Object.entries(shapes).flatMap(([said, value]) => [
        withFields(said, { "own.field": value }),
        withFields(`${said} as pid`, { "proc.pid": value, "fd.sip": value, "proc.cmdline": value }),
      ]),
      ...names.map((name) => withFields(`named ${name.slice(0, 10)}`, { [name]: '"v"', "own.field": "[1]" })),
      withFields("many fields", Object.fromEntries(Array.from({ length: 1200 }, (_, i) => [`f${run}${i}`, `${i}`]))),
      withFields("a zone", { "fd.sip": '"fe80::1%eth0"', "net.src.ip": '"::ffff:1.2.3.4"' }),
      ...[-1n, 0n, 2n ** 63n, 10n ** 21n].map((time) => withFields(`at ${time}`, {}, { time })),
      alertAbout("after all that", now),
    ];
    const saidIn = (documents: readonly Found[]): unknown[] => documents.map(({ message }) => message).sort();
    const said = attack.map(({ message }) => message).sort();
    /** All fields of the document, indexed or not. */
    function fieldsIn(document: Found | undefined): unknown {
      const { event, falco } = Object(document);
      return (event?.original === undefined ? falco : JSON.parse(event.original)).output_fields;
    }

    test("every alert is delivered and complete in its document, regardless of its content", async () => {
      const output = open({ retention: 0 });
      expect(await output.deliver(attack)).toEqual({ outcome: "delivered" });
      await output.close();
      const documents = await all(datastream);
      expect(saidIn(documents)).toEqual(said);
      for (const name of ["a long text", "a long text in a list", "a number beyond 64 bits", "an empty object"]) {
        const document = documents.find(({ message }) => message === name);
        expect(fieldsIn(document), name).toEqual({ "own.field": JSON.parse(shapes[name]!) });
      }
      for (const [name, digits] of [
        ["a number beyond 64 bits", shapes["a number beyond 64 bits"]!],
        ["a number of many digits", shapes["a number of many digits"]!],
        ["a fraction of many digits", shapes["a fraction of many digits"]!],
      ] as const)
        expect(JSON.stringify(documents.find(({ message }) => message === name)), name).toContain(digits);
      const padded = documents.find(({ message }) => message === "a long text as pid");
      expect(fieldsIn(padded)).toMatchObject({ "proc.cmdline": "x".repeat(40_000) });
      expect(await server.find(datastream, 'eyas.fields:"proc.cmdline=true"')).toHaveLength(1);
    });

    test("a batch of several requests at the same time is complete, with each alert once", async () => {
      const many = Array.from({ length: 990 }, (_, i) => alertAbout(`number ${i}`, now));
      const whole = [...many.slice(0, 700), ...attack.slice(0, 5), ...many.slice(700)];
      const output = open({ retention: 0, maxconcurrentrequests: 1000 });
      for (let i = 0; i < 2; i++) expect(await output.deliver(whole)).toEqual({ outcome: "delivered" });
      await output.close();
      expect(saidIn(await all(datastream))).toEqual(whole.map(({ message }) => message).sort());
    });

    test("every alert is delivered to an index with an older or foreign mapping", async () => {
      const fields = server.name === "opensearch" ? { type: "flat_object" } : { type: "flattened" };
      const properties = {
        process: { properties: { pid: { type: "long" }, command_line: { type: "keyword" } } },
        server: { properties: { ip: { type: "ip" } } },
        falco: { properties: { output_fields: fields, time: { type: "date_nanos" } } },
      };
      await server.ask("PUT", `/_index_template/${datastream}`, {
        index_patterns: [datastream],
        data_stream: {},
        priority: 250,
        template: {
          settings: { "index.number_of_replicas": 0 },
          mappings: {
            date_detection: false,
            dynamic_templates: [
              { texts: { match_mapping_type: "string", mapping: { type: "keyword", ignore_above: 1024 } } },
            ],
            properties,
          },
        },
      });
      const output = open({ retention: 0 });
      const within = attack.filter(({ time }) => time >= 0n && time < 2n ** 63n);
      expect(await output.deliver(within)).toEqual({ outcome: "delivered" });
      await output.close();
      const documents = await all(datastream);
      expect(saidIn(documents)).toEqual(within.map(({ message }) => message).sort());
      const padded = documents.find(({ message }) => message === "a long text");
      expect(fieldsIn(padded)).toEqual({ "own.field": "x".repeat(40_000) });
    });

    test.each([
      ["with the template", true],
      ["in an index with a mapping created by the server", false],
    ])("with Falcosidekick's layout, every alert arrives, %s", async (_, createindextemplate) => {
      const output = open({ layout: "falcosidekick", suffix: "none", createindextemplate });
      const first = [
        withFields("first", { "own.field": "1", "proc.pid": "1", "fd.sip": '"x"', "proc.cmdline": '"x"' }),
      ];
      expect(await output.deliver(first)).toEqual({ outcome: "delivered" });
      expect(await output.deliver(attack)).toEqual({ outcome: "delivered" });
      await output.close();
      await server.refresh(index);
      const documents = await server.find(index, "*:*");
      const outputs = documents.map(({ output }) => String(output)).sort();
      expect(outputs).toEqual([...first, ...attack].map(({ text }) => text).sort());
      const large = documents.find(({ output }) => String(output).endsWith("Warning a number beyond 64 bits"));
      expect(JSON.stringify(large)).toContain("1234567890123456"); // the client rounds the number
      await server.ask("DELETE", `/${index}`);
    });

    test("a persistent failure stops deliveries: a write block", async () => {
      const output = open({ retention: 0 });
      expect(await output.deliver([alertAbout("before", now)])).toEqual({ outcome: "delivered" });
      await server.ask("PUT", `/${datastream}/_settings`, { "index.blocks.write": true });
      const held = { outcome: "retry", persistent: true, reason: expect.stringContaining("cluster_block_exception") };
      for (let i = 0; i < 2; i++) expect(await output.deliver([alertAbout("held", now)])).toMatchObject(held);
      await server.ask("PUT", `/${datastream}/_settings`, { "index.blocks.write": false });
      expect(await output.deliver([alertAbout("held", now)])).toEqual({ outcome: "delivered" });
      await output.close();
      expect(saidIn(await all(datastream))).toEqual(["before", "held"]);
    });

    test("the dispatcher reports a persistent failure once, and delivers the alerts later without dead letters", async () => {
      const events: DeliveryEvent[] = [];
      const output = open({ retention: 0, layout: "falcosidekick", suffix: "none" });
      const dispatcher = new Dispatcher([output], {
        waitFor: "none",
        report: (event) => events.push(event),
        ended() {},
      });
      await dispatcher.add([alertAbout("before", now)]);
      await expect.poll(() => dispatcher.counts()[0]?.delivered, { timeout: 60_000 }).toBe(1);
      await server.ask("PUT", `/${index}/_settings`, { "index.blocks.write": true });
      await dispatcher.add([alertAbout("held", now)]);
      await expect.poll(() => dispatcher.counts()[0]?.retries, { timeout: 60_000 }).toBeGreaterThan(1);
      const reason = expect.stringContaining("cluster_block_exception");
      expect(events).toEqual([{ kind: "blocked", output: server.name, reason, isNew: true }]);
      await server.ask("PUT", `/${index}/_settings`, { "index.blocks.write": false });
      await expect.poll(() => dispatcher.counts()[0], { timeout: 60_000 }).toMatchObject({ delivered: 2, rejected: 0 });
      expect(events.slice(1)).toEqual([{ kind: "recovered", output: server.name }]);
      await dispatcher.close();
      await server.ask("DELETE", `/${index}`);
    });

    test("a persistent failure stops deliveries: a closed index", async () => {
      const output = open({ layout: "falcosidekick", suffix: "none" });
      expect(await output.deliver([alertAbout("before", now)])).toEqual({ outcome: "delivered" });
      await server.ask("POST", `/${index}/_close`);
      const held = { outcome: "retry", persistent: true, reason: expect.stringContaining("index_closed_exception") };
      expect(await output.deliver([alertAbout("held", now)])).toMatchObject(held);
      await server.ask("POST", `/${index}/_open`);
      expect(await output.deliver([alertAbout("held", now)])).toEqual({ outcome: "delivered" });
      await output.close();
      await server.ask("DELETE", `/${index}`);
    });

    test("a persistent failure stops deliveries: a missing index", async () => {
      const output = open({ layout: "falcosidekick", suffix: "none", createindextemplate: false });
      await server.ask("PUT", "/_cluster/settings", { persistent: { "action.auto_create_index": `-${index},+*` } });
      const held = { outcome: "retry", persistent: true, reason: expect.stringContaining("index_not_found_exception") };
      expect(await output.deliver([alertAbout("held", now)])).toMatchObject(held);
      await server.ask("PUT", "/_cluster/settings", { persistent: { "action.auto_create_index": null } });
      expect(await output.deliver([alertAbout("held", now)])).toEqual({ outcome: "delivered" });
      await output.close();
      await server.ask("DELETE", `/${index}`);
    });

    test("a persistent failure stops deliveries: a missing pipeline", async () => {
      const output = open({ pipeline: run, retention: 0 });
      const held = { outcome: "retry", persistent: true, reason: expect.stringContaining("pipeline with id") };
      for (let i = 0; i < 2; i++) expect(await output.deliver([alertAbout("held", now)])).toMatchObject(held);
      await server.ask("PUT", `/_ingest/pipeline/${run}`, { processors: [] });
      expect(await output.deliver([alertAbout("held", now)])).toEqual({ outcome: "delivered" });
      await output.close();
      await server.ask("DELETE", `/_ingest/pipeline/${run}`);
    });

    // The server has no authentication. A proxy in front of the server rejects requests like a security plugin.
    test.each([401, 403])("a persistent failure stops deliveries: a rotated key (%i from a proxy)", async (status) => {
      const proxy = await startProxy(url, ({ authorization }) =>
        authorization === "ApiKey new" ? undefined : { status, body: '{"error":{"type":"security_exception"}}' },
      );
      const held = { outcome: "retry", persistent: true, reason: expect.stringContaining(`${status}`) };
      const old = open({ hostport: proxy.url, apikey: "old", createindextemplate: false, layout: "falcosidekick" });
      for (let i = 0; i < 2; i++) expect(await old.deliver(batch)).toMatchObject(held);
      await old.close();
      const output = open({ hostport: proxy.url, apikey: "new", layout: "falcosidekick" });
      expect(await output.deliver(batch)).toEqual({ outcome: "delivered" });
      await output.close();
      await proxy.stop();
      expect(await all(`${index}-${today}`)).toHaveLength(batch.length);
    });

    test("alerts are delivered without permissions to manage policies and read the version (status 403 from a proxy)", async () => {
      const proxy = await startProxy(url, (_, path) =>
        path === "/" || path.includes("policy") || path.includes("policies")
          ? { status: 403, body: '{"error":{"type":"security_exception","reason":"no permissions"}}' }
          : undefined,
      );
      const output = open({ hostport: proxy.url });
      expect(await output.deliver(batch)).toEqual({ outcome: "delivered" });
      expect(output.warnings?.()).toEqual([expect.stringContaining("no permissions")]);
      await output.close();
      await proxy.stop();
      expect(await all(datastream)).toHaveLength(batch.length);
    });

    test("a late alert whose index is closed is written to the index of the current day", async () => {
      const output = open({ layout: "falcosidekick" });
      const late = { time: 1_577_836_800_000_000_000n };
      expect(await output.deliver([alertAbout("first", late)])).toEqual({ outcome: "delivered" });
      await server.ask("POST", `/${index}-2020.01.01/_close`);
      expect(await output.deliver([alertAbout("second", late), alertAbout("x", now)])).toEqual({
        outcome: "delivered",
      });
      await output.close();
      expect(await all(`${index}-${today}`)).toHaveLength(2);
    });

    test("Eyas deletes old backing indexes of its data stream, and no other indexes", async () => {
      const days = (n: number) => ({ time: now.time - BigInt(n) * 86_400_000_000_000n });
      const fill = async (said: string, age: number): Promise<void> => {
        const output = open({ retentionby: "eyas", retention: 0 });
        expect(await output.deliver([alertAbout(said, days(age))])).toEqual({ outcome: "delivered" });
        await output.close();
        await server.ask("POST", `/${datastream}/_rollover`);
      };
      await fill("old", 40);
      await fill("young", 20);
      await fill("late", 90);
      const other = `.ds-${datastream}x-000001`;
      const neighbour = `logs-${run}-000001`;
      for (const name of [neighbour]) await server.ask("PUT", `/${name}`);
      const output = open({ retentionby: "eyas" });
      expect(await output.deliver([alertAbout("oldest, now", days(100))])).toEqual({ outcome: "delivered" });
      expect(output.warnings?.()).toEqual([]);
      await output.close();
      expect(saidIn(await all(datastream))).toEqual(["late", "oldest, now", "young"]);
      expect(isBackingIndex(other, datastream)).toBe(false);
      await server.ask("DELETE", `/${neighbour}`); // fails if retention deleted the index
    });
  });
});

interface Proxy {
  readonly url: string;
  stop(): Promise<void>;
}

/** A proxy that can respond to requests itself. */
async function startProxy(
  url: URL,
  answer: (headers: IncomingHttpHeaders, path: string) => { status: number; body: string } | undefined,
): Promise<Proxy> {
  const server = createServer((incoming, response) => {
    const own = answer(incoming.headers, incoming.url ?? "");
    if (own !== undefined) {
      incoming.resume();
      response.writeHead(own.status, { "content-type": "application/json" }).end(own.body);
      return;
    }
    const { authorization: _, host: __, ...headers } = incoming.headers;
    const options = { method: incoming.method, headers, path: incoming.url, rejectUnauthorized: false };
    const send = url.protocol === "https:" ? tlsRequest : plainRequest;
    const auth = url.username === "" ? {} : { auth: `${url.username}:${url.password}` };
    const sent = send({ hostname: url.hostname, port: url.port, ...options, ...auth }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(response);
    });
    sent.on("error", () => response.destroy());
    incoming.pipe(sent);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const place = server.address();
  return {
    url: `http://127.0.0.1:${typeof place === "object" ? place?.port : 0}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
