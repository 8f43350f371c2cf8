import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { objects, POD_UID, podOf, webPod } from "../../../test/stand-in/kubernetes/shop.ts";
import { ApiServer } from "../../../test/stand-in/kubernetes/watched-api-server.ts";
import { container } from "../../machine/container-info.ts";
import { PodTable } from "../../machine/pods.ts";
import { type Credentials, podCredentials } from "../../transport/kubernetes/credentials.ts";
import type { Call } from "../../transport/kubernetes/request.ts";
import { openApi } from "./api.ts";
import { type Kubernetes, watchKubernetes } from "./kubernetes.ts";
import { watchPods } from "./watch-pods.ts";

// All tests use the stand-in of api-server.fixture.ts.

let server: ApiServer;
let credentials: Credentials;
let pods: PodTable;
let kubernetes: Kubernetes | undefined;
let said: string[];

beforeEach(async () => {
  server = new ApiServer();
  for (const [kind, manifest] of objects) server.put(kind, manifest);
  server.put("pods", webPod());
  server.put("pods", webPod("elsewhere", "11111111-1111-4111-8111-111111111111", "n2"));
  credentials = podCredentials(await server.open(), server.folder);
  pods = new PodTable();
  said = [];
});

afterEach(async () => {
  await kubernetes?.close();
  kubernetes = undefined;
  await server.close();
});

const TIMES = { firstWait: 10, longestWait: 40, stream: 300, silence: 60_000 };

function watch(times = TIMES, timeout = 5000, related = true): void {
  const options = { credentials, node: "n1", timeout, lifetime: 60_000, related, times };
  kubernetes = watchKubernetes(options, pods, () => {}, {
    synced: (count) => void said.push(`${count} pods`),
    lost: (reason) => void said.push(`lost: ${reason}`),
    credentials: (isAccepted) => void said.push(isAccepted ? "accepted" : "rejected"),
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !holds(); await sleep(5))
    if (Date.now() > end) throw new Error(`the condition was not met; reports: ${said.join("; ")}`);
}

const around = (uid: string) => pods.get(uid)?.related;

test("all metadata of the pods of this node is known, and no pods of other nodes (stand-in)", async () => {
  watch();
  await until(() => around(POD_UID) !== undefined);
  expect(pods.size).toBe(1);
  const known = pods.get(POD_UID);
  expect(known?.pod).toMatchObject({
    name: "web-5d8c9-x2x4z",
    namespace: "shop",
    ip: "10.1.2.3",
    node: "n1",
    serviceAccount: "web-account",
  });
  expect(known?.pod.labels.get("tier")).toBe("front");
  expect(known?.related?.namespace).toMatchObject({ name: "shop", uid: "ns-1" });
  expect(known?.related?.replicaSet).toMatchObject({ name: "web-5d8c9", uid: "rs-1" });
  expect(known?.related?.deployment?.labels).toEqual(new Map([["app", "web"]]));
  expect(known?.related?.services.map(({ name }) => name)).toEqual(["web", "front"]);
  expect(known?.related?.owner).toEqual({ kind: "Deployment", name: "web" });
  const [first] = known?.pod.containers ?? [];
  expect(first).toEqual(
    container({
      ...{ fullId: first?.fullId ?? "", type: "containerd", name: "main", image: "registry.local/web:1.2" },
      ...{ repository: "registry.local/web", tag: "1.2", digest: `sha256:${"c".repeat(64)}`, privileged: true },
      mounts: [{ source: "/srv/data", destination: "/data", mode: "", writable: false, propagation: "private" }],
      labels: new Map([
        ["io.kubernetes.pod.name", "web-5d8c9-x2x4z"],
        ["io.kubernetes.pod.namespace", "shop"],
        ["io.kubernetes.pod.uid", POD_UID],
        ["io.kubernetes.container.name", "main"],
      ]),
      probes: [{ kind: "liveness", exe: "cat", args: ["/tmp/healthy"] }],
      ip: "10.1.2.3",
      sandboxLabels: known?.pod.labels ?? new Map(),
    }),
  );
});

test("changes of namespaces and services are known immediately (stand-in)", async () => {
  watch();
  await until(() => around(POD_UID) !== undefined);
  server.put("namespaces", { metadata: { name: "shop", uid: "ns-1", labels: { team: "fraud" } } });
  await until(() => around(POD_UID)?.namespace?.labels.get("team") === "fraud");
  const service = {
    metadata: { name: "late", namespace: "shop", uid: "svc-late" },
    spec: { selector: { app: "web" } },
  };
  server.put("services", service);
  await until(() => around(POD_UID)?.services.some(({ name }) => name === "late") === true);
  server.put("services", { ...service, spec: { selector: { app: "other" } } });
  await until(() => around(POD_UID)?.services.some(({ name }) => name === "late") === false);
  server.put("services", service);
  await until(() => around(POD_UID)?.services.some(({ name }) => name === "late") === true);
  server.remove("services", service);
  await until(() => around(POD_UID)?.services.some(({ name }) => name === "late") === false);
  const gets = server.asked.filter(({ verb, resource }) => verb === "get" && resource === "namespaces");
  expect(gets).toEqual([]);
});

test("a resumed watch whose version the server no longer has is not reported as synced before its list (stand-in)", async () => {
  watch({ ...TIMES, firstWait: 50 });
  await until(() => server.watching === 1);
  server.behaviour = "goes away";
  server.forget("ends");
  await until(() => said.length === 2);
  server.put("pods", podOf("newer", "u-newer", "apps/v1", "ReplicaSet", "web-5d8c9"));
  server.saysGoneLate = true;
  server.behaviour = "well";
  await until(() => said.length === 3);
  expect(said).toEqual(["1 pods", "lost: the connection was closed", "2 pods"]);
});

test("owners of kind CronJob, ReplicationController or a custom kind are named (stand-in)", async () => {
  server.put("pods", podOf("tidy-2900-q", "u-job", "batch/v1", "Job", "tidy-2900"));
  server.put("pods", podOf("old-1", "u-rc", "v1", "ReplicationController", "old"));
  server.put("pods", podOf("db-0", "u-db", "acme.example/v1", "Database", "db"));
  watch();
  await until(() => ["u-job", "u-rc", "u-db"].every((uid) => around(uid) !== undefined));
  expect(around("u-job")?.owner).toEqual({ kind: "CronJob", name: "tidy" });
  expect(around("u-rc")?.replicationController?.labels.get("age")).toBe("old");
  expect(around("u-db")?.owner).toEqual({ kind: "Database", name: "db" });
});

test("one watch reports new pods, changed labels and deletions (stand-in)", async () => {
  watch();
  await until(() => server.watching === 1);
  server.put("pods", podOf("late", "u-late", "apps/v1", "ReplicaSet", "web-5d8c9"));
  await until(() => pods.get("u-late") !== undefined);
  const changed = webPod();
  server.put("pods", { ...changed, metadata: { ...changed.metadata, labels: { app: "other" } } });
  await until(() => pods.get(POD_UID)?.pod.labels.get("app") === "other");
  await until(() => around(POD_UID)?.services.length === 0); // no selector matches the new labels
  server.remove("pods", podOf("late", "u-late", "", "", ""));
  server.bookmark();
  await sleep(20);
  expect(pods.get("u-late")?.pod.name).toBe("late"); // late events of the pod may still be evaluated
  expect(server.asked.filter(({ verb, resource }) => verb === "watch" && resource === "pods")).toHaveLength(1);
  expect(said).toEqual(["1 pods"]);
});

const staticPod = (hash: string) => ({ "kubernetes.io/config.hash": hash, "kubernetes.io/config.mirror": hash });

test("a static pod is found by the hash in its cgroup path (stand-in)", async () => {
  const hash = "d41d8cd98f00b204e9800998ecf8427e";
  const pod = webPod("kube-proxy-n1", "22222222-2222-4222-8222-222222222222");
  server.put("pods", {
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: staticPod(hash),
    },
  });
  watch();
  await until(() => pods.get(hash) !== undefined);
  expect(pods.get(hash)?.pod.uid).toBe("22222222-2222-4222-8222-222222222222");
});

test("a static pod recreated with another UID during a disconnect has not ended (stand-in)", async () => {
  const hash = "d41d8cd98f00b204e9800998ecf8427e";
  const mirror = (uid: string, name = "kube-proxy-n1") => {
    const pod = webPod(name, uid);
    return { ...pod, metadata: { ...pod.metadata, annotations: staticPod(hash) } };
  };
  server.put("pods", mirror("first"));
  watch();
  await until(() => server.watching === 1);
  await server.restart(() => {
    server.remove("pods", mirror("first"));
    server.put("pods", mirror("second"));
    server.forget("ends");
  });
  await until(() => pods.get(hash)?.pod.uid === "second");
  server.put("pods", mirror("third", "other-name"));
  await until(() => pods.get(hash)?.pod.uid === "third");
  server.remove("pods", mirror("second"));
  server.put("pods", podOf("after", "u-after", "apps/v1", "ReplicaSet", "web-5d8c9"));
  await until(() => pods.get("u-after") !== undefined);
  expect((pods as unknown as { ended: Map<string, number> }).ended.has(hash)).toBe(false);
});

test("after a server restart the watch resumes without a new list (stand-in)", async () => {
  watch();
  await until(() => server.watching === 1);
  const lists = () => server.asked.filter(({ verb, resource }) => verb === "list" && resource === "pods").length;
  await server.restart(() => server.put("pods", podOf("meanwhile", "u-mean", "apps/v1", "ReplicaSet", "web-5d8c9")));
  await until(() => pods.get("u-mean") !== undefined);
  expect(lists()).toBe(1);
  expect(said[0]).toBe("1 pods");
});

test.for(["says so", "ends"] as const)(
  "if the resource version expired (the watch %s), pods are listed once, not from the server's cache (stand-in)",
  async (how) => {
    watch();
    await until(() => server.watching === 1);
    server.put("pods", podOf("late", "u-late", "apps/v1", "ReplicaSet", "web-5d8c9"));
    await until(() => pods.get("u-late") !== undefined);
    server.forget(how);
    server.put("pods", podOf("newer", "u-newer", "apps/v1", "ReplicaSet", "web-5d8c9"));
    await until(() => pods.get("u-newer") !== undefined);
    const lists = server.asked.filter(({ verb, resource }) => verb === "list" && resource === "pods");
    expect(lists.map(({ query }) => query.get("resourceVersion"))).toEqual(["0", null]);
    expect(said.filter((each) => each.startsWith("lost"))).toEqual([]);
  },
);

test("a server with an older state (restored from a backup) is listed again (stand-in)", async () => {
  watch();
  await until(() => server.watching === 1);
  const other = new ApiServer();
  try {
    other.put("pods", podOf("restored", "u-restored", "v1", "Node", "n1"));
    // The resource versions of this server are lower than the client's, so it responds with 504 until everything is
    // listed.
    const { api, reports } = { api: openApi(podCredentials(await other.open(), other.folder), 2000), reports: said };
    const ahead = {
      ...api,
      get: (call: Call) => api.get(call).then((list) => ({ ...list, metadata: { resourceVersion: "9999" } })),
    };
    const seen: string[] = [];
    let lists = 0;
    const get = (call: Call) => (++lists === 1 ? ahead.get(call) : api.get(call));
    const pods = watchPods(
      { get, follow: api.follow },
      "n1",
      { put: ({ pod }) => void seen.push(pod.name), end: () => {} },
      { synced: () => {}, lost: (reason) => void reports.push(reason) },
      TIMES,
    );
    await until(() => other.watching === 1);
    expect([lists, seen]).toEqual([2, ["restored", "restored"]]);
    api.close();
    await pods.close();
  } finally {
    await other.close();
  }
});

test("lists are paged; no change is lost if a watch breaks within a line (stand-in)", async () => {
  for (let i = 0; i < 1200; i++) server.put("pods", podOf(`p${i}`, `u-${i}`, "apps/v1", "ReplicaSet", "web-5d8c9"));
  watch();
  await until(() => server.watching === 1 && pods.size === 1201);
  const lists = server.asked.filter(({ verb, resource }) => verb === "list" && resource === "pods");
  expect(lists.map(({ query }) => query.get("continue") !== null)).toEqual([false, true, true]);
  server.babble('{"type":"ADDED","obj');
  await server.restart(() => server.put("pods", podOf("after", "u-after", "apps/v1", "ReplicaSet", "web-5d8c9")));
  await until(() => pods.get("u-after") !== undefined);
  expect(server.asked.filter(({ resource }) => resource === "replicasets")).toHaveLength(1);
  const services = server.asked.filter(({ verb, resource }) => verb === "list" && resource === "services");
  expect(services).toHaveLength(1);
});

test.for([
  ["hangs", "the server did not respond in time"],
  ["talks garbage", "the response is not JSON"],
  ["goes away", "the connection was closed"],
  ["is too busy", "the server limits the rate of requests (429)"],
] as const)(
  "an API server that %s is logged once, retried with backoff, and used again after recovery (stand-in)",
  async ([behaviour, sentence]) => {
    server.behaviour = behaviour;
    watch(TIMES, behaviour === "hangs" ? 50 : 5000);
    await until(() => said.length === 1);
    expect(said).toEqual([`lost: ${sentence}`]);
    expect(pods.isConnected).toBe(false); // events do not wait for metadata while the connection is lost
    await sleep(100);
    server.behaviour = "well";
    await until(() => pods.get(POD_UID) !== undefined);
    expect(said).toEqual([`lost: ${sentence}`, "1 pods"]);
    expect(pods.isConnected).toBe(true);
  },
);

test("a watch with invalid data or without data for too long is restarted (stand-in)", async () => {
  watch({ ...TIMES, silence: 100 });
  await until(() => server.watching === 1);
  server.babble("{[\n");
  await until(() => said.some((each) => each === "lost: the response is not JSON"));
  await until(
    () => said.filter((each) => each === "lost: the server did not respond in time").length > 0 || said.length > 2,
  );
  server.put("pods", podOf("after", "u-after", "apps/v1", "ReplicaSet", "web-5d8c9"));
  await until(() => pods.get("u-after") !== undefined);
});

test("a renewed token is read again, without a log line and without interrupting the watch (stand-in)", async () => {
  watch();
  await until(() => server.watching === 1 && around(POD_UID) !== undefined);
  server.tokens = new Set(["second"]);
  writeFileSync(join(server.folder, "token"), "second");
  server.put("namespaces", { metadata: { name: "new", uid: "ns-2" } });
  const pod = podOf("in-new", "u-new", "apps/v1", "ReplicaSet", "none");
  server.put("pods", { ...pod, metadata: { ...pod.metadata, namespace: "new" } });
  await until(() => around("u-new")?.namespace !== undefined);
  expect([said, server.watching]).toEqual([["1 pods"], 1]);
  expect(kubernetes?.answers.get(401)).toBeGreaterThan(0);
});

test("an expired token is reported, requests with it stop, and the renewed one is used (stand-in)", async () => {
  watch();
  await until(() => server.watching === 1 && around(POD_UID) !== undefined);
  server.tokens = new Set(["second"]);
  for (let i = 0; i < 20; i++)
    server.put("pods", podOf(`late-${i}`, `u-late-${i}`, "apps/v1", "ReplicaSet", `other-${i}`));
  await until(() => around("u-late-19") !== undefined);
  expect(said).toEqual(["1 pods", "rejected"]);
  expect(kubernetes?.answers.get(401)).toBeLessThan(6);
  writeFileSync(join(server.folder, "token"), "second");
  for (let at = 0; !said.includes("accepted"); at++, await sleep(100))
    server.put("pods", podOf(`again-${at}`, `u-again-${at}`, "apps/v1", "ReplicaSet", `another-${at}`));
  expect(server.watching).toBe(1);
});

test("forbidden resources are omitted, and all others are known (stand-in)", async () => {
  server.allowed = new Set(["/pods/list", "/pods/watch", "/namespaces/get"]);
  watch();
  await until(() => around(POD_UID) !== undefined);
  expect(around(POD_UID)).toEqual({
    namespace: expect.objectContaining({ name: "shop" }),
    deployment: undefined,
    replicaSet: undefined,
    replicationController: undefined,
    services: [],
    owner: { kind: "ReplicaSet", name: "web-5d8c9" },
  });
  server.allowed.clear();
});

test("without permission to read pods, the reason is reported immediately (stand-in)", async () => {
  server.allowed = new Set();
  watch();
  await until(() => said.length > 0);
  expect([said, pods.isConnected]).toEqual([["lost: the server does not allow the request (403)"], false]);
});

test("only pods are read if related objects are not needed (stand-in)", async () => {
  watch(TIMES, 5000, false);
  await until(() => server.watching === 1);
  expect(new Set(server.asked.map(({ resource }) => resource))).toEqual(new Set(["pods"]));
});

test("the number of known pods is limited", () => {
  for (let i = 0; i < 6000; i++) {
    pods.put({
      ...{ name: `p${i}`, uid: `u${i}`, cgroupUid: `u${i}`, labels: new Map(), namespace: "n", ip: "", node: "n1" },
      ...{ serviceAccount: "", containers: [], probes: new Map(), added: new Set() },
    });
    pods.seen(`x${i}`, `c${i}`);
    if (i % 2 === 0) pods.end(`u${i}`);
  }
  expect(pods.size).toBeLessThanOrEqual(4096);
  expect(pods.get("u5999")).toBeDefined();
});

test("the memory for an endless line is limited (stand-in)", async () => {
  watch();
  await until(() => server.watching === 1);
  for (let i = 0; i < 9; i++) server.babble("x".repeat(1 << 20));
  await until(() => said.includes("lost: a line is longer than 8388608 bytes"));
  server.put("pods", podOf("after", "u-after", "apps/v1", "ReplicaSet", "web-5d8c9"));
  await until(() => pods.get("u-after") !== undefined);
});

test("a server restart does not make any of many nodes list pods again (stand-in)", async () => {
  const lists = () => server.asked.filter(({ verb, resource }) => verb === "list" && resource === "pods").length;
  const watches = () => server.asked.filter(({ verb, resource }) => verb === "watch" && resource === "pods");
  const nodes = Array.from({ length: 40 }, (_, i) => {
    const options = {
      credentials,
      node: `node-${i}`,
      timeout: 5000,
      lifetime: 60_000,
      related: true,
      times: TIMES,
    };
    return watchKubernetes(options, new PodTable(), () => {}, { synced() {}, lost() {}, credentials() {} });
  });
  try {
    await until(() => server.watching === 40);
    await server.restart();
    await until(() => server.watching === 40);
    expect([lists(), watches().length]).toEqual([40, 80]);
    const lasting = watches()
      .map(({ query }) => query.get("timeoutSeconds"))
      .filter((each) => each !== null);
    expect(new Set(lasting).size).toBeGreaterThan(20); // nodes reconnect at different times
  } finally {
    await Promise.all(nodes.map((each) => each.close()));
  }
});
