// Against a real Elasticsearch or OpenSearch, where ELASTICSEARCH_URL or OPENSEARCH_URL names one: what the output wrote is
// read back by the server's own client. A certificate of the server that nobody vouches for is taken.
import { randomUUID } from "node:crypto";
import { Client as Elasticsearch } from "@elastic/elasticsearch";
import { Client as OpenSearch } from "@opensearch-project/opensearch";
import { afterAll, describe, expect, test } from "vitest";
import { type ElasticsearchKeys, elasticsearch } from "./elasticsearch.ts";
import { alertAbout, common, hostile, noCertificates } from "./receiver.fixture.ts";

type Found = Readonly<Record<string, unknown>>;

/** What is asked of a server, whichever it is. */
interface Server {
  readonly name: "elasticsearch" | "opensearch";
  refresh(index: string): Promise<unknown>;
  /** The documents that a query in Lucene's syntax finds. */
  find(index: string, query: string): Promise<readonly Found[]>;
  dataStreams(name: string): Promise<readonly Found[]>;
  template(name: string): Promise<Found | undefined>;
  policy(name: string): Promise<unknown>;
  /** Takes away what a test made. */
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
    refresh: (index) => client.indices.refresh({ index }),
    async find(index, q) {
      const { hits } = await client.search<Found>({ index, q, size: 100 });
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
    refresh: (index) => client.indices.refresh({ index }),
    async find(index, q) {
      const { body } = await client.search({ index, q, size: 100 });
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
  batching: { batchsize: 5_242_880 },
  ...common,
  checkcert: false,
  timeout: 30_000,
};

describe.each([
  ["ELASTICSEARCH_URL", elasticsearchServer],
  ["OPENSEARCH_URL", openSearchServer],
] as const)("a real server, where %s names one", (variable, connect) => {
  const address = process.env[variable] ?? "";
  const skipped = address === "" ? ` (skipped: no ${variable})` : "";
  const url = new URL(address === "" ? "http://127.0.0.1" : address);
  const server = connect(url);
  const run = randomUUID();
  const [datastream, index] = [`logs-falco.alerts-${run}`, `falco-${run}`];
  afterAll(() => (address === "" ? undefined : server.clear(datastream, index)));

  function open(changes: Partial<ElasticsearchKeys>) {
    const { origin, username, password } = url;
    const all = { ...keys, hostport: origin, username, password, datastream, index, ...changes };
    const output = elasticsearch(server.name, all, noCertificates);
    if (output === undefined) throw new Error("it is off");
    return output;
  }

  const now = { time: BigInt(Date.now()) * 1_000_000n };
  const odd = { names: ["evt.arg", "evt.arg.path", "n"], values: ['"a"', '"b"', "123456789012345678901"] };
  const batch = [
    alertAbout("calm", now),
    alertAbout(hostile, now),
    alertAbout("odd", { ...now, parts: { hostname: "h", output: "", ...odd } }),
    alertAbout(`long ${"x".repeat(100_000)}`, now),
  ];

  test.skipIf(skipped !== "")(`the data stream has each alert once, as it was written${skipped}`, async () => {
    const output = open({});
    for (let i = 0; i < 2; i++) expect(await output.deliver(batch)).toEqual({ outcome: "delivered" });
    await output.close();
    await server.refresh(datastream);
    expect(await server.find(datastream, "*:*")).toHaveLength(batch.length);
    const [calm, ...others] = await server.find(datastream, "process.pid:4711 AND message:calm");
    expect(others).toEqual([]);
    expect(calm).toMatchObject({
      message: "calm",
      rule: { name: "A shell" },
      process: { pid: 4711 },
      falco: { priority: "Warning", output_fields: { "proc.cmdline": "calm", "proc.pid": 4711 } },
    });
    expect(await server.find(datastream, 'orchestrator.namespace:shop AND event.action:"execve"')).toHaveLength(3);
    const all = await server.find(datastream, "*:*");
    expect(all.map(({ message }) => message)).toEqual(expect.arrayContaining(["calm", hostile, "odd"]));
  });

  test.skipIf(skipped !== "")(`template, data stream and the policy for its life are there${skipped}`, async () => {
    const output = open({});
    await output.deliver(batch);
    await output.close();
    expect(await server.dataStreams(datastream)).toMatchObject([
      { name: datastream, template: datastream, timestamp_field: { name: "@timestamp" } },
    ]);
    expect(await server.template(datastream)).toMatchObject({ index_patterns: [datastream], data_stream: {} });
    expect(JSON.stringify(await server.policy(datastream))).toContain('"30d"');
  });

  test.skipIf(skipped !== "")(`Falcosidekick's layout goes to the index of the day${skipped}`, async () => {
    const output = open({ layout: "falcosidekick" });
    for (let i = 0; i < 2; i++) expect(await output.deliver(batch)).toEqual({ outcome: "delivered" });
    await output.close();
    const day = new Date().toISOString().slice(0, 10).replaceAll("-", ".");
    await server.refresh(`${index}-*`);
    expect(await server.find(`${index}-${day}`, "*:*")).toHaveLength(batch.length);
    expect(await server.template(index)).toMatchObject({ index_patterns: [`${index}-*`] });
  });
});
