import type { IndexTemplate } from "../../index-template.ts";
import { type Delivery, delivered, traitsOf } from "../../output.ts";
import { addressUnder } from "../../transport/address.ts";
import type { Http } from "../../transport/http.ts";
import type { HttpAnswer } from "../../transport/http-answer.ts";
import { type Server, serverIn } from "./server-version.ts";
import {
  alertContent,
  policyOf,
  type StoreKeys,
  type StreamContent,
  type Templates,
  templatesOf,
} from "./templates.ts";

/**
 * Creates the index template with its component templates and, for a data stream, the lifecycle policy, if they are
 * missing. Alerts are delivered even without the policy and the component templates.
 * @param warn called with a warning if the policy or a component template cannot be created
 */
export async function setUp(
  http: Http,
  name: ProductName,
  keys: StoreKeys,
  warn: (sentence: string) => void,
  content: StreamContent = alertContent,
): Promise<Delivery> {
  if (!keys.createindextemplate) return delivered;
  const server = await readServer(http, name, keys);
  if ("outcome" in server) return server;
  const policy = policyOf(keys, server, content);
  let hasPolicy = false;
  if (policy !== undefined) {
    const failed = await create(http, keys, policy);
    if (failed !== undefined && failed.persistent !== true) return failed;
    hasPolicy = failed === undefined;
    if (failed !== undefined) warn(withoutPolicy(name, keys, server, failed.reason));
  }
  return (await createTemplates(http, keys, templatesOf(keys, server, hasPolicy, content), warn)) ?? delivered;
}

/**
 * Creates the index template if it is missing. If the server rejects a component template, for example because of a
 * missing permission, the index template contains all settings itself.
 */
async function createTemplates(
  http: Http,
  keys: StoreKeys,
  { components, composed, whole }: Templates,
  warn: (sentence: string) => void,
): Promise<Failed | undefined> {
  const known = await exists(http, keys, composed);
  if (known !== false) return known === true ? undefined : known;
  for (const each of components) {
    const failed = await create(http, keys, each);
    if (failed === undefined) continue;
    if (failed.persistent !== true) return failed;
    warn(withoutComponents(each, failed.reason));
    return put(http, keys, whole);
  }
  return put(http, keys, composed);
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
  return info === "" ? { open: name === "opensearch", version: 0, minor: 0 } : serverIn(info);
}

/** The configuration section, and the product it configures. */
export type ProductName = "elasticsearch" | "opensearch";

function withoutPolicy(name: ProductName, keys: StoreKeys, server: Server, reason: string): string {
  const what = server.open ? "Index State Management" : "index lifecycle management";
  return `cannot set up ${what} to delete alerts after ${keys.retention} days (${reason}). Alerts are delivered, but old alerts are not deleted: install the plugin, grant the permission to use its policies, or let Eyas delete them (outputs.${name}.retentionby: eyas)`;
}

function withoutComponents({ path }: IndexTemplate, reason: string): string {
  const component = path.slice(path.lastIndexOf("/") + 1);
  return `cannot create the component template ${component} (${reason}). Alerts are delivered, but component templates do not change the settings of the index: grant the permission to create component templates and delete the index template, or change the index template`;
}

/** Creates a template or policy if it is missing. */
async function create(http: Http, keys: StoreKeys, template: IndexTemplate): Promise<Failed | undefined> {
  const known = await exists(http, keys, template);
  if (known === false) return put(http, keys, template);
  return known === true ? undefined : known;
}

/** Whether the server has a template or policy; the failure if this cannot be determined. */
async function exists(http: Http, { hostport }: StoreKeys, { path }: IndexTemplate): Promise<boolean | Failed> {
  const there = await http.send({ url: addressUnder(hostport, path), method: "GET" });
  return there.status === 404 ? false : (failure(http, there) ?? true);
}

async function put(http: Http, { hostport }: StoreKeys, { path, body }: IndexTemplate): Promise<Failed | undefined> {
  const answer = await http.send({ url: addressUnder(hostport, path), method: "PUT", body: JSON.stringify(body) });
  return failure(http, answer);
}

type Failed = Delivery & { readonly outcome: "retry" };

/**
 * Converts a failed setup to a retry, so that no alert is rejected. The failure is persistent if the server rejected
 * the request.
 */
function failure(http: Http, answer: HttpAnswer, purpose: string = SETUP): Failed | undefined {
  const delivery = http.classify(answer);
  if (delivery.outcome === "delivered") return undefined;
  const traits = delivery.outcome === "retry" ? traitsOf(delivery) : { persistent: true };
  return { outcome: "retry", reason: `cannot ${purpose}: ${delivery.reason}`, ...traits };
}
