import { randomUUID } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { isLabelName, isObjectName, isSegmentName } from "../../../src/response/actions/kubernetes/names.ts";
import { type Facts, factsOf, listOf, textOf, textsOf } from "../../../src/transport/json.ts";
import { merged, patched } from "./patch.ts";
import { discovery, parsePath, type Resource, type ResourcePath, resources } from "./resources.ts";
import { wrongWith } from "./schema.ts";

/**
 * A stand-in for an API server that implements the documented API strictly: authentication and authorization; objects
 * must match the schema of Kubernetes 1.36; patches need their content types; preconditions, versions and disruption
 * budgets are enforced. Errors have the status and message of Kubernetes. test/kubernetes-response.built.test.ts sends
 * the same requests to a real server, which has no kubelet, Calico or Cilium.
 */
export interface ApiServer {
  readonly url: string;
  /** Path of a kubeconfig file. */
  readonly kubeconfig: string;
  /** Requests in order, such as `GET /api/v1/…`. */
  readonly asked: string[];
  /** Permissions that the requests needed, such as `get pods` or `create networkpolicies.networking.k8s.io`. */
  readonly needed: Set<string>;
  /** Granted permissions; undefined: all. */
  allowed: ReadonlySet<string> | undefined;
  /** Number of evictions that a disruption budget denies, by pod (`shop/web-1`). */
  readonly budgets: Map<string, number>;
  /** Overrides a response with a status and headers. */
  interrupt: (asked: string) => { status: number; headers?: Readonly<Record<string, string>> } | undefined;
  /** Called for exec requests after all checks. */
  exec: ((request: IncomingMessage, socket: Duplex, query: URLSearchParams) => void) | undefined;
  /** Logs of containers, by `shop/web-1/app`. */
  readonly logs: Map<string, string>;
  put(resource: string, facts: Facts): Facts;
  get(resource: string, namespace: string, name: string): Facts | undefined;
  all(resource: string): readonly Facts[];
  /** Deletes all objects. */
  clear(): void;
  stop(): Promise<void>;
}

const TOKEN = "token-of-the-test";
/** The user of the token. */
const OWN = { username: "system:serviceaccount:eyas:eyas", groups: ["system:authenticated"] };

const VERBS: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

class Rejected extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Facts;
  constructor(code: number, reason: string, message: string, details: Facts = {}) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

/** Paths of a CA certificate and of a certificate for 127.0.0.1. */
export interface Certificates {
  at(name: string): string;
  read(name: string): Buffer;
}

export async function startApiServer(certificates: Certificates): Promise<ApiServer> {
  const objects = new Map<string, Facts>();
  let version = 1000;

  const keyOf = ({ resource: { group, resource }, namespace, name }: ResourcePath): string =>
    [group, resource, namespace, name].join("|");

  function store(place: ResourcePath, facts: Facts, old?: Facts): Facts {
    const { group, version: apiVersion, kind } = place.resource;
    const metadata = factsOf(facts.metadata);
    const stored = {
      apiVersion: group === "" ? apiVersion : `${group}/${apiVersion}`,
      kind,
      ...facts,
      metadata: {
        ...metadata,
        name: place.name,
        ...(place.resource.isNamespaced && { namespace: place.namespace }),
        uid: old ? factsOf(old.metadata).uid : (metadata.uid ?? randomUUID()),
        resourceVersion: String(++version),
        creationTimestamp: old
          ? factsOf(old.metadata).creationTimestamp
          : (metadata.creationTimestamp ?? "2026-07-01T00:00:00Z"),
      },
    };
    objects.set(keyOf(place), stored);
    return stored;
  }

  const server: ApiServer = {
    url: "",
    kubeconfig: "",
    asked: [],
    needed: new Set(),
    allowed: undefined,
    budgets: new Map(),
    interrupt: () => undefined,
    exec: undefined,
    logs: new Map(),
    put(resource, facts) {
      const metadata = factsOf(facts.metadata);
      return store(pathOf(resource, textOf(metadata.namespace), textOf(metadata.name)), facts);
    },
    get: (resource, namespace, name) => objects.get(keyOf(pathOf(resource, namespace, name))),
    all: (resource) =>
      [...objects]
        .filter(([key]) => key.startsWith(`${resourceOf(resource).group}|${resourceOf(resource).resource}|`))
        .map(([, facts]) => facts),
    clear: () => objects.clear(),
    stop: () =>
      new Promise((resolve) => {
        web.close(() => resolve());
        web.closeAllConnections();
      }),
  };

  function admit(request: IncomingMessage): { place: ResourcePath; query: URLSearchParams; verb: string } {
    const url = new URL(request.url ?? "", "https://api");
    server.asked.push(`${request.method} ${url.pathname}`);
    if (request.headers.authorization !== `Bearer ${TOKEN}`) throw new Rejected(401, "Unauthorized", "Unauthorized");
    const place = parsePath(url.pathname);
    if (place === undefined) throw new Rejected(404, "NotFound", "the server could not find the requested resource");
    const { resource, name, subresource } = place;
    const verb = VERBS[request.method ?? ""] ?? (name === "" ? "list" : "get");
    const what = `${resource.resource}${subresource && `/${subresource}`}${resource.group && `.${resource.group}`}`;
    // Since 1.35, exec over WebSocket also needs the verb of a POST.
    const verbs = subresource === "exec" ? ["get", "create"] : [verb];
    for (const each of verbs) authorize(each, what, name);
    return { place, query: url.searchParams, verb };
  }

  function authorize(verb: string, what: string, name: string): void {
    server.needed.add(`${verb} ${what}`);
    if (server.allowed?.has(`${verb} ${what}`) !== false) return;
    const message = `${what} "${name}" is forbidden: User "${OWN.username}" cannot ${verb} resource "${what}"`;
    throw new Rejected(403, "Forbidden", message);
  }

  /** Changes to subjects, and creations, require the permissions of the role or permission to bind it. */
  function checkEscalation({ resource, name }: ResourcePath, facts: Facts, old?: Facts): void {
    if (!resource.kind.endsWith("RoleBinding") || server.allowed === undefined) return;
    if (old !== undefined && JSON.stringify(old.subjects) === JSON.stringify(facts.subjects)) return;
    const role = factsOf(facts.roleRef).kind === "Role" ? "roles" : "clusterroles";
    if (server.allowed.has(`bind ${role}.${resource.group}`)) return;
    const message = `${resource.resource}.${resource.group} "${name}" is forbidden: user "${OWN.username}" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held`;
    throw new Rejected(403, "Forbidden", message);
  }

  /** Approves or denies a certificate signing request. */
  function decide(place: ResourcePath, body: unknown): Facts {
    const whole = { ...place, subresource: "" };
    const old = existing(whole);
    authorize("approve", "signers.certificates.k8s.io", textOf(factsOf(old.spec).signerName));
    const facts = checked(whole, body);
    const [before, after] = [old, facts].map(({ status }) => listOf(factsOf(status).conditions));
    const types = after!.map(({ type }) => textOf(type));
    const isKept = before!.every((each) => after!.some((one) => JSON.stringify(one) === JSON.stringify(each)));
    if (!isKept || after!.some(({ status }) => status !== "True"))
      throw new Rejected(422, "Invalid", "status.conditions: Forbidden: updates may not modify a condition");
    if (types.includes("Approved") && types.includes("Denied"))
      throw new Rejected(
        422,
        "Invalid",
        "status.conditions: Invalid value: Approved and Denied are mutually exclusive",
      );
    return update(whole, old, {
      ...old,
      metadata: facts.metadata,
      status: { ...factsOf(old.status), conditions: after },
    });
  }

  function existing(place: ResourcePath): Facts {
    const found = objects.get(keyOf(place));
    if (found !== undefined) return found;
    const { resource, group } = place.resource;
    throw new Rejected(404, "NotFound", `${resource}${group && `.${group}`} "${place.name}" not found`);
  }

  function checked(place: ResourcePath, body: unknown): Facts {
    const { resource } = place;
    const facts = factsOf(body);
    const apiVersion = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
    if (facts.apiVersion !== apiVersion || facts.kind !== resource.kind)
      throw new Rejected(
        400,
        "BadRequest",
        `the object provided is unrecognized: must be ${apiVersion} ${resource.kind}`,
      );
    const wrong = wrongWith(facts, resource.type);
    if (wrong.length > 0) throw new Rejected(400, "BadRequest", `strict decoding error: ${wrong.join(", ")}`);
    const { namespace } = factsOf(facts.metadata);
    if (namespace !== undefined && namespace !== place.namespace)
      throw new Rejected(
        400,
        "BadRequest",
        "the namespace of the provided object does not match the namespace sent on the request",
      );
    const invalid = invalidIn(resource, facts);
    if (invalid.length > 0) throw new Rejected(422, "Invalid", `${resource.kind} is invalid: ${invalid.join(", ")}`);
    return facts;
  }

  function update(place: ResourcePath, old: Facts, facts: Facts): Facts {
    const metadata = factsOf(facts.metadata);
    const now = factsOf(old.metadata);
    if (metadata.name !== place.name)
      throw new Rejected(400, "BadRequest", "the name of the object does not match the name on the URL");
    if (metadata.uid !== undefined && metadata.uid !== now.uid)
      throw new Rejected(
        409,
        "Conflict",
        `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${now.uid}`,
      );
    if (metadata.resourceVersion === undefined && place.resource.group.includes("cilium"))
      throw new Rejected(422, "Invalid", "metadata.resourceVersion: must be specified for an update");
    if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== now.resourceVersion)
      throw new Rejected(
        409,
        "Conflict",
        "the object has been modified; please apply your changes to the latest version and try again",
      );
    checkEscalation(place, facts, old);
    return store(place, facts, old);
  }

  function remove(place: ResourcePath, body: unknown): Facts {
    const old = existing(place);
    if (body !== undefined) {
      const options = factsOf(body);
      if (options.kind !== "DeleteOptions") throw new Rejected(400, "BadRequest", "not DeleteOptions");
      const wrong = wrongWith(options, "V1DeleteOptions");
      if (wrong.length > 0) throw new Rejected(400, "BadRequest", wrong.join(", "));
      held(options, old);
      const grace = options.gracePeriodSeconds ?? 30;
      if (typeof grace !== "number" || grace < 0) throw new Rejected(422, "Invalid", "gracePeriodSeconds");
      if (place.resource.kind === "Pod" && grace > 0) {
        const metadata = {
          ...factsOf(old.metadata),
          deletionTimestamp: new Date().toISOString(),
          deletionGracePeriodSeconds: grace,
        };
        return store(place, { ...old, metadata }, old);
      }
    }
    objects.delete(keyOf(place));
    return old;
  }

  /** Evicts a pod if its disruption budget allows it. */
  function evict(place: ResourcePath, body: unknown): Facts {
    const eviction = factsOf(body);
    if (eviction.apiVersion !== "policy/v1" || eviction.kind !== "Eviction")
      throw new Rejected(400, "BadRequest", "not an Eviction of policy/v1");
    const wrong = wrongWith(eviction, "V1Eviction");
    if (wrong.length > 0) throw new Rejected(400, "BadRequest", wrong.join(", "));
    if (factsOf(eviction.metadata).name !== place.name)
      throw new Rejected(400, "BadRequest", "name in URL does not match name in Eviction object");
    const old = existing({ ...place, subresource: "" });
    held(factsOf(eviction.deleteOptions), old);
    const key = `${place.namespace}/${place.name}`;
    const left = server.budgets.get(key) ?? 0;
    if (left > 0) {
      server.budgets.set(key, left - 1);
      throw new Rejected(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
        causes: [
          {
            reason: "DisruptionBudget",
            message: `The disruption budget ${place.name} needs 2 healthy pods and has 2 currently`,
          },
        ],
      });
    }
    objects.delete(keyOf({ ...place, subresource: "" }));
    return { kind: "Status", apiVersion: "v1", status: "Success", code: 201 };
  }

  function held(options: Facts, old: Facts): void {
    const { uid, resourceVersion } = factsOf(options.preconditions);
    const now = factsOf(old.metadata);
    const failed = (what: string, wanted: unknown, found: unknown): Rejected =>
      new Rejected(
        409,
        "Conflict",
        `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`,
      );
    if (uid !== undefined && uid !== now.uid) throw failed("UID", uid, now.uid);
    if (resourceVersion !== undefined && resourceVersion !== now.resourceVersion)
      throw failed("ResourceVersion", resourceVersion, now.resourceVersion);
  }

  /** Acts as a kubelet: starts added containers between two reads. */
  function begun(facts: Facts): Facts {
    const names = listOf(factsOf(facts.spec).ephemeralContainers).map(({ name }) => name);
    const image = (name: unknown) =>
      listOf(factsOf(facts.spec).ephemeralContainers).find((each) => each.name === name)?.image;
    const state = (name: unknown) =>
      image(name) === "missing" ? { waiting: { reason: "ImagePullBackOff" } } : { running: {} };
    const ephemeralContainerStatuses = names.map((name) => ({ name, state: state(name) }));
    return { ...facts, status: { ...factsOf(facts.status), ephemeralContainerStatuses } };
  }

  /** Allows only additions of ephemeral containers. */
  function grown(old: Facts, facts: Facts): Facts {
    const [before, after] = [old, facts].map(({ spec }) => listOf(factsOf(spec).ephemeralContainers));
    const rest = ({ spec }: Facts) => JSON.stringify({ ...factsOf(spec), ephemeralContainers: [] });
    const isKept = before!.every((each, i) => JSON.stringify(each) === JSON.stringify(after![i]));
    if (!isKept || rest(old) !== rest(facts))
      throw new Rejected(
        422,
        "Invalid",
        "spec.ephemeralContainers: Forbidden: existing ephemeral containers may not be changed",
      );
    return begun(facts);
  }

  function patch(place: ResourcePath, type: string, body: unknown): Facts {
    const whole = { ...place, subresource: "" };
    const old = existing(whole);
    let changed: unknown;
    const isPlain = place.resource.type.startsWith("V1") && !JSON.stringify(body).includes("[");
    if (type === "application/merge-patch+json") changed = merged(old, body);
    // kubectl sends strategic merge patches. Without lists, they equal merge patches. Custom resources do not support
    // them.
    else if (type === "application/strategic-merge-patch+json" && isPlain) changed = merged(old, body);
    else if (type === "application/json-patch+json") {
      try {
        changed = patched(old, body);
      } catch (error) {
        throw new Rejected(422, "Invalid", error instanceof Error ? error.message : "");
      }
    } else throw new Rejected(415, "UnsupportedMediaType", `the body of the request was in an unknown format: ${type}`);
    const facts = checked(whole, changed);
    const { uid, resourceVersion } = factsOf(facts.metadata);
    // Unlike an update, a patch with another UID is a conflict only if the version differs as well.
    if (resourceVersion === factsOf(old.metadata).resourceVersion && uid !== factsOf(old.metadata).uid)
      throw new Rejected(
        422,
        "Invalid",
        `${place.name} is invalid: metadata.uid: Invalid value: "${uid}": field is immutable`,
      );
    if (place.subresource === "ephemeralcontainers") return update(whole, old, grown(old, facts));
    if (place.subresource !== "")
      throw new Rejected(404, "NotFound", "the server could not find the requested resource");
    if (place.resource.kind === "Pod" && JSON.stringify(facts.spec) !== JSON.stringify(old.spec))
      throw new Rejected(422, "Invalid", "spec: Forbidden: pod updates may not change fields other than images");
    return update(whole, old, facts);
  }

  function list(place: ResourcePath, query: URLSearchParams): Facts {
    const [, selected] = /^spec\.nodeName=(.+)$/.exec(query.get("fieldSelector") ?? "") ?? [];
    if (query.has("fieldSelector") && selected === undefined)
      throw new Rejected(400, "BadRequest", "field label not supported");
    const items = [...objects]
      .filter(([key]) => key.startsWith(`${place.resource.group}|${place.resource.resource}|${place.namespace}`))
      .filter(([, { metadata }]) => place.namespace === "" || factsOf(metadata).namespace === place.namespace)
      .map(([, facts]) => facts)
      .filter((facts) => selected === undefined || factsOf(facts.spec).nodeName === selected);
    const from = Number(query.get("continue") ?? 0);
    const limit = Number(query.get("limit") ?? items.length);
    return {
      kind: `${place.resource.kind}List`,
      apiVersion: "v1",
      metadata: {
        resourceVersion: String(version),
        ...(items.length > from + limit && { continue: String(from + limit) }),
      },
      items: items.slice(from, from + limit),
    };
  }

  function answer(
    request: IncomingMessage,
    body: unknown,
    place: ResourcePath,
    query: URLSearchParams,
  ): [number, Facts | string] {
    const { method = "", headers } = request;
    const type = headers["content-type"] ?? "";
    if (method === "PATCH") return [200, patch(place, type, body)];
    if (body !== undefined && type !== "application/json") throw new Rejected(415, "UnsupportedMediaType", type);
    if (place.subresource === "eviction" && method === "POST") return [201, evict(place, body)];
    if (place.subresource === "approval" && method === "PUT") return [200, decide(place, body)];
    if (place.subresource === "log" && method === "GET") return [200, logOf(place, query)];
    if (place.subresource !== "")
      throw new Rejected(404, "NotFound", "the server could not find the requested resource");
    if (method === "GET") return [200, place.name === "" ? list(place, query) : existing(place)];
    if (method === "DELETE" && place.name !== "") return [200, remove(place, body)];
    if (method === "PUT" && place.name !== "") return [200, update(place, existing(place), checked(place, body))];
    if (method !== "POST" || place.name !== "")
      throw new Rejected(405, "MethodNotAllowed", "the server does not allow this method");
    if (place.resource.kind === "SelfSubjectReview") return [201, { ...factsOf(body), status: { userInfo: OWN } }];
    const facts = checked(place, body);
    const made = { ...place, name: textOf(factsOf(facts.metadata).name) };
    if (objects.has(keyOf(made)))
      throw new Rejected(409, "AlreadyExists", `${made.resource.resource} "${made.name}" already exists`);
    if (factsOf(facts.metadata).resourceVersion !== undefined)
      throw new Rejected(400, "BadRequest", "resourceVersion should not be set on objects to be created");
    checkEscalation(made, facts);
    if (query.get("dryRun") === "All") return [201, facts];
    const metadata = { ...factsOf(facts.metadata), creationTimestamp: new Date().toISOString().replace(/\.\d+/, "") };
    return [201, store(made, { ...facts, metadata })];
  }

  function logOf(place: ResourcePath, query: URLSearchParams): string {
    const pod = existing({ ...place, subresource: "" });
    const containers = listOf(factsOf(pod.spec).containers).map(({ name }) => textOf(name));
    const container = query.get("container") ?? (containers.length === 1 ? containers[0]! : "");
    if (!containers.includes(container))
      throw new Rejected(400, "BadRequest", "a container name must be specified for the pod");
    const text = server.logs.get(`${place.namespace}/${place.name}/${container}`);
    if (text === undefined)
      throw new Rejected(400, "BadRequest", `container "${container}" is waiting to start: ContainerCreating`);
    const lines = text.split("\n");
    const tail = Number(query.get("tailLines") ?? lines.length);
    return lines
      .slice(-tail - 1)
      .join("\n")
      .slice(0, Number(query.get("limitBytes") ?? text.length));
  }

  const failureOf = (error: unknown): [number, Facts] => {
    if (!(error instanceof Rejected)) throw error;
    const { code, reason, message, details } = error;
    return [
      code,
      { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, details, code },
    ];
  };

  const nowhere = { place: pathOf("pods", "", ""), query: new URLSearchParams() };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const text = Buffer.concat(chunks).toString("utf8");
    const own = server.interrupt(`${request.method} ${request.url}`);
    let result: [number, Facts | string];
    try {
      if (own !== undefined) throw new Rejected(own.status, "", "so it is");
      const told = request.method === "GET" ? discovery(new URL(request.url ?? "", "https://api").pathname) : undefined;
      const { place, query } = told === undefined ? admit(request) : nowhere;
      result =
        told !== undefined ? [200, told] : answer(request, text === "" ? undefined : JSON.parse(text), place, query);
    } catch (error) {
      result = failureOf(error);
    }
    const [code, content] = result;
    const type = typeof content === "string" ? "text/plain" : "application/json";
    response.writeHead(code, { "content-type": type, ...own?.headers });
    response.end(typeof content === "string" ? content : JSON.stringify(content));
  };

  const web = createServer(
    { cert: certificates.read("server.crt"), key: certificates.read("server.key"), maxHeaderSize: 1 << 20 },
    (request, response) => {
      respond(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    },
  );
  web.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => undefined);
    try {
      const own = server.interrupt(`${request.method} ${request.url}`);
      if (own !== undefined) throw new Rejected(own.status, "", "so it is");
      const { place, query } = admit(request);
      existing({ ...place, subresource: "" });
      if (place.subresource !== "exec" || server.exec === undefined)
        throw new Rejected(404, "NotFound", "nothing to upgrade to");
      server.exec(request, socket, query);
    } catch (error) {
      const [code, status] = failureOf(error);
      socket.end(
        `HTTP/1.1 ${code} No\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n${JSON.stringify(status)}`,
      );
    }
  });
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  const address = web.address();
  const url = `https://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const kubeconfig = join(mkdtempSync(join(tmpdir(), "eyas-kube-")), "config");
  writeFileSync(kubeconfig, kubeconfigText(url, certificates.at("ca.crt")), { mode: 0o600 });
  return Object.assign(server, { url, kubeconfig });
}

function kubeconfigText(server: string, authority: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "certificate-authority": authority } }],
    users: [{ name: "eyas", user: { token: TOKEN } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "eyas" } }],
    "current-context": "test",
  });
}

/** Returns a resource by name, such as `deployments` or `networkpolicies.projectcalico.org`. */
function resourceOf(text: string): Resource {
  const [name = "", ...group] = text.split(".");
  const found = resources.find(
    (each) =>
      each.resource === name &&
      (group.length === 0 ? each.group !== "projectcalico.org" : each.group === group.join(".")),
  );
  if (found === undefined) throw new Error(`no resource ${text}`);
  return found;
}

function pathOf(resource: string, namespace: string, name: string): ResourcePath {
  const found = resourceOf(resource);
  return { resource: found, namespace: found.isNamespaced ? namespace : "", name, subresource: "" };
}

/** Validates the objects that responses write, as Kubernetes does. */
function invalidIn(resource: Resource, facts: Facts): string[] {
  const metadata = factsOf(facts.metadata);
  const name = textOf(metadata.name);
  const isName = resource.group.startsWith("rbac")
    ? isSegmentName
    : resource.kind === "Namespace"
      ? isLabelName
      : isObjectName;
  const wrong = isName(name) ? [] : [`metadata.name: Invalid value: "${name}"`];
  for (const [key, value] of Object.entries(textsOf(metadata.labels)))
    if (!isQualified(key) || !isLabelValue(value)) wrong.push(`metadata.labels: Invalid value: "${value}"`);
  for (const key of Object.keys(factsOf(metadata.annotations)))
    if (!isQualified(key.toLowerCase())) wrong.push(`metadata.annotations: Invalid value: "${key}"`);
  const spec = factsOf(facts.spec);
  for (const rule of [...listOf(spec.egress), ...listOf(spec.ingress)]) {
    const peers = [...listOf(rule.to), ...listOf(rule.from)];
    const nets = [factsOf(rule.destination).nets, factsOf(rule.source).nets, rule.toCIDR, rule.fromCIDR].flat();
    for (const cidr of [
      ...peers.flatMap((peer) => factsOf(peer.ipBlock).cidr ?? []),
      ...nets.filter((net) => net !== undefined),
    ])
      if (!isCidr(textOf(cidr))) wrong.push(`spec: Invalid value: "${cidr}": not a CIDR`);
    for (const action of rule.action === undefined ? [] : [rule.action])
      if (action !== "Allow" && action !== "Deny") wrong.push("spec: action");
  }
  return wrong;
}

function isQualified(key: string): boolean {
  const parts = key.split("/");
  const last = parts.pop() ?? "";
  return parts.length <= 1 && parts.every(isObjectName) && /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(last);
}

function isLabelValue(value: string): boolean {
  return value.length <= 63 && /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/.test(value);
}

function isCidr(text: string): boolean {
  const [address = "", bits = "", more] = text.split("/");
  const most = isIP(address) === 6 ? 128 : 32;
  return more === undefined && isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
}
