import { randomUUID } from "node:crypto";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { defaultAlertOptions } from "../../../alert/alert.ts";
import type { Entry } from "../../../alert/entry.ts";
import { restoredAlert } from "../../../alert/restored.ts";
import { newJournal } from "../../../journal/alerts.fixture.ts";
import { idText } from "../../../journal/id.ts";
import { openWriter } from "../../../journal/write.ts";
import type { MachineState } from "../../../output/machine-state.ts";
import type { ElasticsearchKeys } from "../../../output/receiver/elasticsearch/client.ts";
import { openMachineStream } from "../../../output/receiver/elasticsearch/machine-stream.ts";
import { elasticsearch } from "../../../output/receiver/elasticsearch/output.ts";
import { common, noCertificates } from "../../../output/receiver.fixture.ts";
import type { FleetSettings } from "./settings.ts";
import { type StandIn, startStandIn } from "./stand-in.fixture.ts";

/** A fleet's store with a separate data stream. Documents are written by the output, as in production. */
export interface TestFleet {
  readonly settings: FleetSettings & { readonly keys: ElasticsearchKeys };
  /** Path of the journal that the output reads. */
  readonly journal: string;
  /** Writes alerts through the output; resolves when the alerts are searchable. */
  append(entries: readonly Entry[]): Promise<void>;
  /** Writes states of machines like agents; resolves when the states are searchable. */
  writeStates(states: readonly MachineState[]): Promise<void>;
  close(): Promise<void>;
}

export type Distribution = FleetSettings["name"];

/** Maximum number of states to write at the same time. */
const AT_ONCE = 20;

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
  enablecompression: false,
  maxconcurrentrequests: 2,
  batching: { batchsize: 5_242_880 },
  reportstate: true,
  machines: "eyas-machines",
  machinesretention: 7,
  ...common,
  checkcert: false,
  timeout: 30_000,
};

export async function standInFleet(distribution: Distribution): Promise<TestFleet & { readonly standIn: StandIn }> {
  const standIn = await startStandIn(distribution);
  const fleet = fleetAt(distribution, { ...keys, hostport: standIn.url, datastream: "logs-falco.alerts-default" }, "");
  return { ...fleet, standIn, close: standIn.stop };
}

/** @param address address of a real server, with user and password if required */
export async function realFleet(distribution: Distribution, address: string): Promise<TestFleet> {
  const { origin, username, password } = new URL(address);
  const run = randomUUID();
  const own = {
    ...{ ...keys, hostport: origin, username, password },
    ...{ datastream: `logs-falco.alerts-${run}`, machines: `eyas-machines-${run}` },
  };
  const fleet = fleetAt(distribution, own, `-${run}`);
  const send = (method: string, path: string): Promise<void> => sendTo(address, method, path);
  return {
    ...fleet,
    async append(entries) {
      await fleet.append(entries);
      await send("POST", `/${own.datastream}/_refresh`);
    },
    async writeStates(states) {
      await fleet.writeStates(states);
      await send("POST", `/${own.machines}/_refresh`);
    },
    async close() {
      const policies = distribution === "opensearch" ? "/_plugins/_ism/policies" : "/_ilm/policy";
      for (const stream of [own.datastream, own.machines]) {
        await send("DELETE", `/_data_stream/${stream}`);
        await send("DELETE", `/_index_template/${stream}`);
        for (const part of ["eyas", "custom"]) await send("DELETE", `/_component_template/${stream}@${part}`);
        await send("DELETE", `${policies}/${stream}`);
      }
      await send("DELETE", `/${fleet.settings.triageIndex}`);
    },
  };
}

function fleetAt(name: Distribution, own: ElasticsearchKeys, suffix: string): TestFleet {
  const journal = newJournal();
  return {
    journal,
    settings: { name, keys: own, certificates: noCertificates, triageIndex: `eyas-triage${suffix}` },
    async append(entries) {
      const writer = openWriter(journal, { maxAge: 0, maxSize: 0 });
      const ids = writer.append(entries);
      writer.close();
      const alerts = entries.map((entry, i) =>
        restoredAlert({ ...entry, seq: i, id: idText(ids[i]!) }, defaultAlertOptions),
      );
      const output = elasticsearch(name, own, noCertificates);
      const delivery = await output?.deliver(alerts);
      await output?.close();
      if (delivery?.outcome !== "delivered") throw new Error(JSON.stringify(delivery));
    },
    async writeStates(states) {
      const stream = openMachineStream(name, own, noCertificates);
      const [first, ...others] = states;
      const write = async (state: MachineState): Promise<void> => {
        const delivery = await stream.write(state);
        if (delivery.outcome !== "delivered") throw new Error(JSON.stringify(delivery));
      };
      if (first !== undefined) await write(first); // creates the index template
      for (let i = 0; i < others.length; i += AT_ONCE) await Promise.all(others.slice(i, i + AT_ONCE).map(write));
      stream.close();
    },
    async close() {},
  };
}

function sendTo(address: string, method: string, path: string): Promise<void> {
  const url = new URL(path, address);
  const { username, password } = new URL(address);
  const auth = username === "" ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` };
  return new Promise((resolve, reject) => {
    const options = { method, rejectUnauthorized: false, ...auth };
    const sent = (url.protocol === "https:" ? tlsRequest : plainRequest)(url, options, (response) => {
      response.resume();
      response.on("end", resolve);
    });
    sent.on("error", reject);
    sent.end();
  });
}
