import { afterEach, beforeEach, expect, test } from "vitest";
import { webPod } from "../../test/stand-in/kubernetes/shop.ts";
import { ApiServer, type Manifest } from "../../test/stand-in/kubernetes/watched-api-server.ts";
import { type KubernetesClient, openClient } from "../transport/kubernetes/client.ts";
import { podCredentials } from "../transport/kubernetes/credentials.ts";
import { openPosture } from "./posture.ts";
import { readPosture } from "./read.ts";
import type { Reading } from "./reading.ts";

// All tests use the stand-in server of watched-api-server.ts.

let server: ApiServer;
let client: KubernetesClient;
let url: URL;

beforeEach(async () => {
  server = new ApiServer();
  url = await server.open();
  client = openClient(podCredentials(url, server.folder), { keepAlive: true });
});
afterEach(async () => {
  client.close();
  await server.close();
});

async function read(timeout = 60_000): Promise<Reading> {
  const { signal } = new AbortController();
  const { reading, done } = readPosture({ client, server: "https://api", node: "n1", signal, timeout });
  await done;
  return reading;
}

const texts = ({ findings }: Reading): string[] =>
  findings.map(({ kind, object, pods }) => `${kind} ${object.kind}:${object.namespace}/${object.name} ${pods}`);

const binding: Manifest = {
  metadata: { name: "ops" },
  roleRef: { kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ kind: "User", name: "maria" }],
};
const service: Manifest = {
  metadata: { name: "web", namespace: "shop" },
  spec: { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] },
};

test("workloads, access and exposure are read, and findings about pods of a workload are merged (stand-in)", async () => {
  server.put("pods", webPod());
  server.put("pods", webPod("web-5d8c9-other", "22222222-2222-4222-8222-222222222222", "n2"));
  server.put("clusterrolebindings", binding);
  server.put("services", service);
  server.put("ingresses", {
    metadata: { name: "web", namespace: "shop" },
    spec: { rules: [{ host: "shop.example" }] },
  });
  const reading = await read();
  expect(texts(reading)).toEqual([
    "cluster-admin ClusterRoleBinding:/ops 0",
    "privileged Deployment:shop/web 2",
    "ingress-without-tls Ingress:shop/web 0",
    "node-port Service:shop/web 0",
    "host-path Deployment:shop/web 2",
  ]);
  expect(reading).toMatchObject({ workloads: "cluster", pods: 2, refused: [], notes: [], leftOut: 0 });
  expect(reading.ended).toBeGreaterThanOrEqual(reading.began);
});

test("denied permissions are listed, and all other objects are read (stand-in)", async () => {
  server.put("clusterrolebindings", binding);
  server.put("services", service);
  server.allowed = new Set(["rbac.authorization.k8s.io/clusterrolebindings/list", "/services/list"]);
  const reading = await read();
  expect(texts(reading)).toEqual(["cluster-admin ClusterRoleBinding:/ops 0", "node-port Service:shop/web 0"]);
  expect(reading.refused).toEqual(["clusterroles", "roles", "rolebindings", "persistentvolumes", "pods", "ingresses"]);
  expect(reading.workloads).toBeUndefined();
});

test("if the API server allows only the pods of the node of Eyas, these pods are read (stand-in)", async () => {
  server.put("pods", webPod());
  server.put("pods", webPod("elsewhere", "22222222-2222-4222-8222-222222222222", "n2"));
  const whole = client;
  client = {
    ...whole,
    async request(call) {
      const { query } = call;
      const isNarrow = query !== undefined && "fieldSelector" in query;
      if (call.path.at(-1) !== "pods" || isNarrow) return whole.request(call);
      server.allowed = new Set();
      try {
        return await whole.request(call);
      } finally {
        server.allowed = undefined;
      }
    },
  };
  const reading = await read();
  expect(reading).toMatchObject({ workloads: { node: "n1" }, pods: 1, refused: [] });
});

test("if objects are large, fewer objects are requested at a time, and no objects are missing (stand-in)", async () => {
  const padding = "x".repeat(200_000);
  for (let i = 0; i < 60; i++) {
    const pod = webPod(`pod-${i}`, `uid-${i}`);
    server.put("pods", { ...pod, metadata: { ...pod.metadata, annotations: { padding } } });
  }
  const reading = await read();
  expect(reading).toMatchObject({ pods: 60, notes: [] });
  const limits = server.asked
    .filter(({ resource }) => resource === "pods")
    .map(({ query }) => Number(query.get("limit")));
  expect(Math.min(...limits)).toBeLessThan(60);
});

test("a failure to read a list is stated, and the other lists are read (stand-in)", async () => {
  server.put("services", service);
  const whole = client;
  client = {
    ...whole,
    request: (call) =>
      call.path.at(-1) === "pods" ? Promise.reject(new Error("the connection was closed")) : whole.request(call),
  };
  const reading = await read();
  expect(texts(reading)).toEqual(["node-port Service:shop/web 0"]);
  expect(reading.notes).toEqual(["Incomplete because not all pods could be read: the connection was closed."]);
});

test("a read ends at its time limit, and the limit is stated (stand-in)", async () => {
  server.behaviour = "hangs";
  const reading = await read(50);
  expect(reading.notes).toEqual(["Incomplete because not all clusterroles could be read: the time limit was reached."]);
});

const settings = { enabled: "auto", kubeconfig: "", context: "", node: "n1", timeout: 5000 };
const times = { lifetime: 60_000, pause: 60_000, pauses: 0, wait: 60_000, longest: 60_000 };

function environment(): Readonly<Record<string, string>> {
  return { KUBERNETES_SERVICE_HOST: url.hostname, KUBERNETES_SERVICE_PORT: url.port };
}

test("concurrent requests, and requests shortly afterwards, share one read (stand-in)", async () => {
  const posture = openPosture(settings, { times, environment: environment(), account: server.folder });
  const [one, other] = await Promise.all([posture.look(false), posture.look(true)]);
  const later = await posture.look(true);
  expect(other).toEqual(one);
  expect("reading" in one && "reading" in later && one.reading === later.reading).toBe(true);
  expect(server.asked.filter(({ resource }) => resource === "pods")).toHaveLength(1);
  posture.close();
});

test("a user can request another read (stand-in)", async () => {
  server.put("services", service);
  const always = { ...times, lifetime: 0, pause: 0 };
  const posture = openPosture(settings, { times: always, environment: environment(), account: server.folder });
  const first = await posture.look(false);
  server.remove("services", service);
  const second = await posture.look(true);
  if (!("reading" in first) || !("reading" in second)) throw new Error("there is no reading");
  expect([texts(first.reading).length, texts(second.reading).length]).toEqual([1, 0]);
  posture.close();
});

test("if a read fails, the previous posture is returned with the reason (stand-in)", async () => {
  const always = { ...times, lifetime: 0, pause: 0 };
  const variables: Record<string, string> = environment();
  const posture = openPosture(settings, { times: always, environment: variables, account: server.folder });
  const first = await posture.look(false);
  delete variables.KUBERNETES_SERVICE_HOST;
  expect(await posture.look(true)).toEqual({
    ...first,
    stale: expect.stringMatching(/^No API server is configured: .*\.$/),
  });
  Object.assign(variables, environment());
  expect(await posture.look(true)).not.toHaveProperty("stale");
  posture.close();
});

test("without an API server, the reason is stated", async () => {
  const posture = openPosture(settings, { times, environment: {} });
  expect(await posture.look(false)).toEqual({ absent: expect.stringMatching(/^No API server is configured: .*\.$/) });
  const broken = openPosture({ ...settings, kubeconfig: "/nowhere/config" }, { times, environment: {} });
  expect(await broken.look(false)).toEqual({ absent: expect.stringMatching(/\/nowhere\/config.*[^.]\.$/) });
});
