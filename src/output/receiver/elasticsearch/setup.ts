import type { IndexTemplate } from "../../index-template.ts";
import { type Delivery, delivered } from "../../output.ts";
import { addressUnder } from "../../transport/address.ts";
import type { Http } from "../../transport/http.ts";
import type { HttpAnswer } from "../../transport/http-answer.ts";
import { policyOf, type Server, type StoreKeys, templateOf } from "./templates.ts";

/**
 * Creates the index template, and for a data stream the lifecycle policy, if they are missing. Alerts are delivered
 * even without the policy.
 * @param warn called with a warning if the policy cannot be created
 */
export async function setUp(
  http: Http,
  name: ProductName,
  keys: StoreKeys,
  warn: (sentence: string) => void,
): Promise<Delivery> {
  if (!keys.createindextemplate) return delivered;
  const server = await readServer(http, name, keys);
  if ("outcome" in server) return server;
  const policy = policyOf(keys, server);
  let hasPolicy = false;
  if (policy !== undefined) {
    const outcome = await create(http, keys, policy);
    if (outcome.outcome !== "delivered" && !("persistent" in outcome && outcome.persistent)) return outcome;
    hasPolicy = outcome.outcome === "delivered";
    if (outcome.outcome !== "delivered") warn(withoutPolicy(name, keys, server, outcome.reason));
  }
  return create(http, keys, templateOf(keys, server, hasPolicy));
}

/** Purpose of requests, for errors. */
const SETUP = "set up the index template";

/** Reads product and version. @returns the failure if the server does not respond */
export async function readServer(
  http: Http,
  name: ProductName,
  { hostport }: StoreKeys,
  purpose: string = SETUP,
): Promise<Server | Failed> {
  const about = await http.send({ url: addressUnder(hostport, "/"), method: "GET" });
  // users with permission to write alerts may lack permission to read the version
  const isHidden = about.status !== undefined && [403, 404, 405].includes(about.status);
  const answered = isHidden ? undefined : failure(http, about, purpose);
  if (answered !== undefined) return answered;
  const info = isHidden || about.status === undefined ? "" : about.body;
  return info === "" ? { open: name === "opensearch", version: 0 } : serverIn(info);
}

/** The configuration section, and the product it configures. */
export type ProductName = "elasticsearch" | "opensearch";

function withoutPolicy(name: ProductName, keys: StoreKeys, server: Server, reason: string): string {
  const what = server.open ? "Index State Management" : "index lifecycle management";
  return `cannot set up ${what} to delete alerts after ${keys.retention} days (${reason}). Alerts are delivered, but old ones are not deleted: install the plugin, grant the permission to use its policies, or let Eyas delete them (outputs.${name}.retentionby: eyas)`;
}

/** Creates a template or policy if it is missing. */
async function create(http: Http, { hostport }: StoreKeys, { path, body }: IndexTemplate): Promise<Delivery> {
  const url = addressUnder(hostport, path);
  const there = await http.send({ url, method: "GET" });
  if (there.status !== 404) return failure(http, there) ?? delivered;
  return failure(http, await http.send({ url, method: "PUT", body: JSON.stringify(body) })) ?? delivered;
}

type Failed = Delivery & { readonly outcome: "retry" };

/**
 * Converts a failed setup to a retry, so that no alert is rejected. The failure is persistent if the server rejected
 * the request.
 */
function failure(http: Http, answer: HttpAnswer, purpose: string = SETUP): Failed | undefined {
  const delivery = http.classify(answer);
  if (delivery.outcome === "delivered") return undefined;
  const { wait, persistent } = delivery.outcome === "retry" ? delivery : { persistent: true };
  return {
    outcome: "retry",
    reason: `cannot ${purpose}: ${delivery.reason}`,
    ...(wait !== undefined && { wait }),
    ...(persistent && { persistent }),
  };
}

function serverIn(about: string): Server {
  const open = /"distribution"\s*:\s*"opensearch"/.test(about);
  return { open, version: Number(/"number"\s*:\s*"(\d+)/.exec(about)?.[1] ?? 0) };
}
