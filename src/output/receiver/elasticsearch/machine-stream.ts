import { objectOf } from "../../facts.ts";
import type { MachineState } from "../../machine-state.ts";
import { type Delivery, delivered } from "../../output.ts";
import { addressUnder } from "../../transport/address.ts";
import type { SharedCertificates } from "../../transport/certificates.ts";
import type { Http } from "../../transport/http.ts";
import { afterColon } from "../../transport/http-answer.ts";
import { type ElasticsearchKeys, openStore } from "./client.ts";
import { machineKeys } from "./machine-keys.ts";
import { machineContent } from "./machine-mapping.ts";
import { openRetention } from "./retention.ts";
import { type ProductName, setUp } from "./setup.ts";

/** Writes states of this agent to the data stream of an output. */
export interface MachineStream {
  /** Writes a state. Never rejects. */
  write(state: MachineState): Promise<Delivery>;
  close(): void;
}

const NOT_FOUND = 404;

export function openMachineStream(
  name: ProductName,
  given: ElasticsearchKeys,
  certificates: SharedCertificates,
): MachineStream {
  const keys = machineKeys(given);
  const { hostport, datastream } = keys;
  const url = addressUnder(hostport, "/_bulk");
  url.searchParams.set("filter_path", "errors,items.*.status,items.*.error.type,items.*.error.reason");
  const http = openStore(keys, certificates);
  // Failures are not reported here, because the output reports the same failures for the data stream of alerts.
  const applyRetention = openRetention(http, keys, () => {});
  let ready = false;

  async function prepare(): Promise<Delivery> {
    if (ready) return delivered;
    const outcome = keys.createindextemplate
      ? await setUp(http, name, keys, () => {}, machineContent)
      : await checkTemplate(http, keys);
    ready = outcome.outcome === "delivered";
    return outcome;
  }

  return {
    async write(state) {
      const prepared = await prepare();
      if (prepared.outcome !== "delivered") return prepared;
      const action = { create: { _index: datastream, _id: `${state.agent.id}-${state["@timestamp"]}` } };
      const body = `${JSON.stringify(action)}\n${JSON.stringify(state)}\n`;
      const answer = await http.send({ url, body, type: "application/x-ndjson" });
      const sent = http.classify(answer);
      const outcome = sent.outcome === "delivered" && answer.status !== undefined ? outcomeOf(answer.body) : sent;
      if (outcome.outcome === "delivered") await applyRetention();
      else ready = false; // an administrator may recreate the index
      return outcome;
    },
    close: http.reopen,
  };
}

/** Checks that the index template exists. Without it, the server would create an index with a different mapping. */
async function checkTemplate(http: Http, { hostport, datastream }: ElasticsearchKeys): Promise<Delivery> {
  const answer = await http.send({ url: addressUnder(hostport, `/_index_template/${datastream}`), method: "GET" });
  if (answer.status === undefined) return http.classify(answer);
  // Without the permission to read templates, the server responds with a different status.
  if (answer.status !== NOT_FOUND) return delivered;
  return {
    outcome: "retry",
    reason: `the index template ${datastream} does not exist: create the templates that \`eyas outputs template\` prints`,
    persistent: true,
  };
}

/** The document with this ID exists: the response to an earlier request was lost. */
const CONFLICT = 409;

function outcomeOf(body: string): Delivery {
  const { errors, items } = objectOf(body);
  if (errors === false) return delivered;
  const [item] = Array.isArray(items) ? items : [];
  const { status, error } = Object(Object(item).create);
  if (status === CONFLICT) return delivered;
  if (typeof status !== "number") return { outcome: "retry", reason: "the response is not a bulk API response" };
  const { type, reason } = Object(error);
  return { outcome: "retry", reason: `status ${status}${afterColon(`${type ?? ""}: ${reason ?? ""}`)}` };
}
