import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiServer, type Manifest } from "../../../test/stand-in/kubernetes/watched-api-server.ts";
import { type JsonObject, member } from "../../event/document.ts";
import { openAuditReader } from "../../source/k8s-audit/split.ts";
import { podCredentials } from "../../transport/kubernetes/credentials.ts";
import { type KnownRoles, watchRoles } from "./known-roles.ts";

// The API server is a stand-in; test/kubernetes-audit.built.test.ts tests the same with a real one.

const RBAC = "rbac.authorization.k8s.io";
const times = { firstWait: 10, longestWait: 20, stream: 300, silence: 150_000 };
const everything = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
const role = (name: string, rules: readonly object[], namespace?: string): Manifest => ({
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  rules,
});
const namespace = (level: string): Manifest => ({
  metadata: { name: "shop", labels: { "pod-security.kubernetes.io/enforce": level } },
});

let server: ApiServer;
let roles: KnownRoles | undefined;
let log: string[];
beforeEach(() => {
  server = new ApiServer();
  log = [];
});
afterEach(async () => {
  await roles?.close();
  await server.close();
});

async function open(): Promise<KnownRoles> {
  const credentials = podCredentials(await server.open(), server.folder);
  roles = watchRoles(credentials, { timeout: 5000 }, ({ message }) => log.push(message), times);
  await roles.ready;
  return roles;
}

let number = 0;

/** The annotations that Eyas adds to the event of a change. */
function annotated(reader: ReturnType<typeof openAuditReader>, objectRef: JsonObject, object: JsonObject) {
  const event = {
    ...{ kind: "Event", auditID: `id-${number++}`, stage: "ResponseComplete", verb: "update", objectRef },
    ...{
      requestURI: "/x",
      responseStatus: { code: 200 },
      responseObject: object,
      stageTimestamp: "2026-11-27T00:00:00Z",
    },
  };
  const [document] = reader.split(event, { time: 1n }, 1e6).documents;
  return member(document?.value, "annotations");
}

const binding = (reader: ReturnType<typeof openAuditReader>, kind: string, name: string) =>
  annotated(reader, { resource: "rolebindings", namespace: "shop", name: "b" }, { roleRef: { kind, name } });

test("bindings to roles that existed before startup are marked if the roles allow everything", async () => {
  server.put("clusterroles", role("all", everything));
  server.put("clusterroles", role("some", [{ apiGroups: [""], resources: ["pods"], verbs: ["*"] }]));
  server.put("roles", role("local", everything, "shop"));
  server.put("roles", role("elsewhere", everything, "other"));
  const reader = openAuditReader();
  expect(binding(reader, "ClusterRole", "all")).toBeUndefined();
  reader.use?.(await open());
  const of = (kind: string, name: string) => binding(reader, kind, name);
  expect(of("ClusterRole", "all")).toEqual({ "eyas/role-grants": "*" });
  expect(of("Role", "local")).toEqual({ "eyas/role-grants": "*" });
  expect([of("ClusterRole", "some"), of("ClusterRole", "local"), of("Role", "elsewhere")]).toEqual(
    Array(3).fill(undefined),
  );
  const asked = () => server.asked.map(({ verb, resource, group }) => `${verb} ${resource}.${group}`);
  const kinds = [`clusterroles.${RBAC}`, `roles.${RBAC}`, "namespaces."];
  await expect.poll(() => asked().sort()).toEqual(kinds.flatMap((kind) => [`list ${kind}`, `watch ${kind}`]).sort());
});

test("changes to roles are applied", async () => {
  server.put("clusterroles", role("all", everything));
  const reader = openAuditReader();
  const known = await open();
  reader.use?.(known);
  server.put("clusterroles", role("later", everything));
  await expect.poll(() => binding(reader, "ClusterRole", "later")).toEqual({ "eyas/role-grants": "*" });
  server.remove("clusterroles", role("all", everything));
  await expect.poll(() => binding(reader, "ClusterRole", "all")).toBeUndefined();
});

test("a change that lowers the pod security level of a namespace that existed before startup is marked", async () => {
  server.put("namespaces", namespace("restricted"));
  const reader = openAuditReader();
  reader.use?.(await open());
  // The watch may report a change before the audit event of the change arrives.
  server.put("namespaces", namespace("baseline"));
  server.put("clusterroles", role("marker", everything));
  await expect.poll(() => binding(reader, "ClusterRole", "marker")).toBeDefined();
  const change = (level: string) =>
    annotated(reader, { resource: "namespaces", name: "shop" }, namespace(level) as JsonObject);
  expect(change("baseline")).toEqual({ "eyas/pod-security-lowered": "restricted to baseline" });
  expect(change("baseline")).toBeUndefined();
});

test("without permission, events are evaluated without the objects, and a message is logged", async () => {
  server.allowed = new Set(["/namespaces/list", "/namespaces/watch"]);
  server.put("namespaces", namespace("restricted"));
  const known = await open();
  expect(known.levelOf("shop")).toBe("restricted");
  expect(log.sort()).toEqual(
    ["cluster roles", "roles"].map(
      (what) =>
        `Cannot watch ${what} on the API server: the server does not allow the request (403); retrying. Audit events that refer to older ${what} are evaluated without them.`,
    ),
  );
});
