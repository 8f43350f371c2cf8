import { afterEach, expect, test } from "vitest";
import { stateOf } from "../../machine-state.fixture.ts";
import { common, noCertificates } from "../../receiver.fixture.ts";
import type { ElasticsearchKeys } from "./client.ts";
import { type Store, startStore } from "./elasticsearch.fixture.ts";
import { openMachineStream } from "./machine-stream.ts";

const keys: ElasticsearchKeys = {
  ...{ hostport: "", layout: "ecs", datastream: "logs-falco.alerts-default", retention: 30, retentionby: "server" },
  ...{ index: "falco", suffix: "daily", createindextemplate: true, numberofshards: 1, numberofreplicas: 1 },
  ...{ apikey: "key", username: "", password: "", pipeline: "of-alerts", flattenfields: false },
  ...{
    enablecompression: false,
    maxconcurrentrequests: 2,
    batching: { batchsize: 5_242_880 },
    reportstate: true,
    machines: "eyas-machines",
    machinesretention: 7,
  },
  ...common,
};

const running: Store[] = [];
afterEach(async () => {
  for (const store of running.splice(0)) await store.stop();
});

async function start(changes: Partial<ElasticsearchKeys> = {}) {
  const store = await startStore("opensearch");
  running.push(store);
  return {
    store,
    stream: openMachineStream("opensearch", { ...keys, hostport: store.url, ...changes }, noCertificates),
  };
}

test("a state is a document in a separate data stream, whose template is created first", async () => {
  const { store, stream } = await start();
  const state = stateOf(1);
  expect(await stream.write(state)).toEqual({ outcome: "delivered" });
  expect(await stream.write(state)).toEqual({ outcome: "delivered" }); // the response to an earlier request was lost
  expect([...(store.documents.get("eyas-machines")?.values() ?? [])]).toEqual([state]);
  const put = store.requests.filter(({ method }) => method === "PUT").map(({ path }) => path);
  expect(put).toEqual([
    "/_plugins/_ism/policies/eyas-machines",
    "/_component_template/eyas-machines@eyas",
    "/_component_template/eyas-machines@custom",
    "/_index_template/eyas-machines",
  ]);
  expect(JSON.stringify(store.policies.get("eyas-machines"))).toContain('"min_index_age":"7d"');
  const bulk = store.requests.find(({ path }) => path.startsWith("/_bulk"));
  expect(bulk?.path).not.toContain("pipeline"); // it is for alerts
  expect(bulk?.headers.authorization).toBe("ApiKey key");
});

test("if templates are not created by Eyas, no document is written before they exist", async () => {
  const { store, stream } = await start({ createindextemplate: false });
  expect(await stream.write(stateOf(1))).toEqual({
    outcome: "retry",
    persistent: true,
    reason: "the index template eyas-machines does not exist: create the templates that `eyas outputs template` prints",
  });
  expect(store.requests.map(({ method, path }) => [method, path])).toEqual([["GET", "/_index_template/eyas-machines"]]);
});

test("a rejected document states the reason", async () => {
  const { store, stream } = await start();
  store.objection = () => ({ status: 403, type: "security_exception" });
  expect(await stream.write(stateOf(1))).toEqual({
    outcome: "retry",
    reason: "status 403: security_exception: so it is",
  });
  store.interrupt = () => ({ body: "<html>" });
  expect(await stream.write(stateOf(1))).toMatchObject({ outcome: "retry" });
});
