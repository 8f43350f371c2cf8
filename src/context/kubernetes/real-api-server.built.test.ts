import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiServerParts, type RealApiServer, startApiServer } from "../../../test/parts/kubernetes/api-server.ts";
import { needs } from "../../../test/parts/needs.ts";
import { PodTable } from "../../machine/pods.ts";
import { readPosture } from "../../posture/read.ts";
import { openClient } from "../../transport/kubernetes/client.ts";
import { podCredentials } from "../../transport/kubernetes/credentials.ts";
import { type Kubernetes, watchKubernetes } from "./kubernetes.ts";

/** A manifest of the deployment, with its cluster IP moved into the test's service range. */
const deployed = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../../deploy/kubernetes", name), "utf8").replace(
    "10.96.0.176",
    "10.0.0.176",
  );
const template = {
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "main", image: "registry.local/web:1.2" }] },
};

describe("a real API server with the permissions of deploy/kubernetes/rbac.yaml", needs(...apiServerParts), () => {
  let server: RealApiServer;
  let kubernetes: Kubernetes | undefined;
  const pods = new PodTable();
  const said: string[] = [];

  /** Creates an object. @returns its UID */
  function create(manifest: object): string {
    const made = JSON.parse(server.kubectl(manifest, "create", "-o", "json", "-f", "-"));
    return made.metadata.uid;
  }

  function owned(apiVersion: string, kind: string, name: string, uid: string) {
    return { ownerReferences: [{ apiVersion, kind, name, uid, controller: true }] };
  }

  function pod(name: string, node: string, owner: object): string {
    const spec = { ...template.spec, nodeName: node, serviceAccountName: "web-account" };
    const metadata = { name, namespace: "shop", labels: { app: "web", tier: "front" }, ...owner };
    return create({ apiVersion: "v1", kind: "Pod", metadata, spec });
  }

  let uid: string;
  beforeAll(async () => {
    server = await startApiServer();
    server.kubectl(deployed("rbac.yaml"), "apply", "-f", "-");
    // The manifest creates its own namespace, whose pod security level it must meet.
    server.kubectl(deployed("audit-intake.yaml"), "apply", "-f", "-");
    create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { team: "checkout" } } });
    const selector = { matchLabels: { app: "web" } };
    const common = { namespace: "shop", labels: { app: "web" } };
    const deployment = create({
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { ...common, name: "web" } },
      spec: { replicas: 1, selector, template },
    });
    const replicaSet = create({
      ...{ apiVersion: "apps/v1", kind: "ReplicaSet" },
      metadata: { ...common, name: "web-5d8c9", ...owned("apps/v1", "Deployment", "web", deployment) },
      spec: { replicas: 1, selector, template },
    });
    create({
      ...{ apiVersion: "v1", kind: "Service", metadata: { ...common, name: "web" } },
      spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
    });
    const owner = owned("apps/v1", "ReplicaSet", "web-5d8c9", replicaSet);
    uid = pod("web-5d8c9-x", "n1", owner);
    pod("web-5d8c9-y", "n2", owner);
    const credentials = podCredentials(server.url, server.folder);
    const options = { credentials, node: "n1", timeout: 10_000, lifetime: 60_000, related: true };
    kubernetes = watchKubernetes(options, pods, () => {}, {
      synced: (count) => void said.push(`${count} pods`),
      lost: (reason) => void said.push(`lost: ${reason}`),
      credentials: (isAccepted) => void said.push(isAccepted ? "accepted" : "rejected"),
    });
  }, 400_000);

  afterAll(async () => {
    await kubernetes?.close();
    await server?.close();
  }, 300_000);

  /** The response to a request, or the error message. */
  function raw(path: string): string {
    try {
      return server.kubectl(undefined, "get", "--raw", path);
    } catch (error) {
      return String(error);
    }
  }

  async function until(holds: () => boolean): Promise<void> {
    for (const end = Date.now() + 60_000; !holds(); await sleep(20))
      if (Date.now() > end) throw new Error(`the condition was not met; reports: ${said.join("; ")}`);
  }

  test("has the pods of this node and their related objects", async () => {
    await until(() => pods.get(uid)?.related?.namespace !== undefined && pods.get(uid)?.related?.services.length === 1);
    const { pod, related } = pods.get(uid) ?? {};
    expect([pods.size, said]).toEqual([1, ["1 pods"]]);
    expect(pod).toMatchObject({ name: "web-5d8c9-x", namespace: "shop", node: "n1", serviceAccount: "web-account" });
    expect(related?.namespace?.labels.get("team")).toBe("checkout");
    expect(related?.replicaSet?.name).toBe("web-5d8c9");
    expect(related?.deployment?.labels.get("app")).toBe("web");
    expect(related?.services.map(({ name }) => name)).toEqual(["web"]);
    expect(related?.owner).toEqual({ kind: "Deployment", name: "web" });
    expect([...(kubernetes?.answers.keys() ?? [])]).toEqual([200]);
  });

  test("admits the pods of audit-intake.yaml", () => {
    const words = ["get", "deployment", "eyas-audit", "-n", "eyas-audit", "-o", "json"];
    const { template } = JSON.parse(server.kubectl(undefined, ...words)).spec;
    const metadata = { ...template.metadata, name: "trial", namespace: "eyas-audit" };
    const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: template.spec };
    const create = (object: object): string =>
      server.kubectl(object, "create", "--dry-run=server", "-o", "name", "-f", "-");
    expect(create(pod)).toBe("pod/trial\n");
    expect(() => create({ ...pod, spec: { ...pod.spec, hostPID: true } })).toThrow(/violates PodSecurity/);
  });

  test.each(["rbac.yaml", "daemonset.yaml", "response-rbac.yaml", "audit-intake.yaml"])(
    "accepts every field of %s",
    (name) => {
      const words = ["--dry-run=server", "--validate=strict", "-o", "name"];
      expect(server.kubectl(deployed(name), "apply", ...words, "-f", "-")).toMatch(/^\S+\/eyas/m);
      const wrong = deployed(name).replace(/^metadata:/m, "unheardOf: true\nmetadata:");
      expect(() => server.kubectl(wrong, "apply", ...words, "-f", "-")).toThrow(/unknown field.*unheardOf/);
    },
    120_000,
  );

  test("reads the posture with these permissions, and without the role eyas-posture names those that are missing", async () => {
    create({
      ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: "ops" } },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "maria" }],
    });
    create({
      ...{ apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { name: "web", namespace: "shop" } },
      spec: { defaultBackend: { service: { name: "web", port: { number: 80 } } } },
    });
    const client = openClient(podCredentials(server.url, server.folder));
    const read = async () => {
      const { signal } = new AbortController();
      const { reading, done } = readPosture({ client, server: server.url.origin, node: "n1", signal, timeout: 60_000 });
      await done;
      return reading;
    };
    const whole = await read();
    expect(whole).toMatchObject({ workloads: "cluster", refused: [], notes: [] });
    // Bindings that every cluster has are of low severity.
    const severe = whole.findings.filter(({ severity }) => severity !== "low");
    expect(severe.map(({ kind, object, detail }) => [kind, object.name, detail])).toEqual([
      ["cluster-admin", "ops", "User maria through ClusterRole cluster-admin"],
      ["ingress-without-tls", "web", "all hosts"],
    ]);
    expect(severe[0]?.written?.tool).toMatch(/^kubectl/);
    server.kubectl(undefined, "delete", "clusterrolebinding", "eyas-posture");
    const partial = await read();
    client.close();
    expect(partial).toMatchObject({
      ...{ workloads: "cluster", notes: [] },
      refused: ["clusterroles", "roles", "clusterrolebindings", "rolebindings", "persistentvolumes", "ingresses"],
    });
    expect(partial.findings.map(({ kind, object, pods }) => [kind, object.kind, object.name, pods])).toEqual([
      ["possible-root", "ReplicaSet", "web-5d8c9", 2],
    ]);
  }, 120_000);

  test("reports changes of namespaces and services immediately", async () => {
    server.kubectl(undefined, "label", "namespace", "shop", "team=fraud", "--overwrite");
    await until(() => pods.get(uid)?.related?.namespace?.labels.get("team") === "fraud");
    server.kubectl(undefined, "create", "service", "clusterip", "late", "-n", "shop", "--tcp=80");
    server.kubectl(undefined, "set", "selector", "service/late", "app=web", "-n", "shop");
    await until(() => pods.get(uid)?.related?.services.some(({ name }) => name === "late") === true);
    server.kubectl(undefined, "delete", "service", "late", "-n", "shop");
    await until(() => pods.get(uid)?.related?.services.some(({ name }) => name === "late") === false);
  });

  test("reports changes, also after a restart", async () => {
    server.kubectl(undefined, "label", "-n", "shop", "pod/web-5d8c9-x", "tier=back", "--overwrite");
    await until(() => pods.get(uid)?.pod.labels.get("tier") === "back");
    await server.restart();
    const later = pod("later", "n1", {});
    await until(() => pods.get(later)?.pod.name === "later");
  }, 400_000);

  // Takes two minutes, most of it until an API server stops while another one runs.
  if (process.env.EYAS_COMPLETE !== undefined)
    test("lists pods again if the version of its watch was compacted", async () => {
      const short = pod("short", "n1", {});
      await until(() => pods.get(short) !== undefined);
      const { metadata } = JSON.parse(raw("/api/v1/namespaces/shop/pods?limit=1"));
      const other = await server.another();
      await server.stop();
      // The deletion is compacted before the watch resumes. The table keeps ended pods for some time.
      const force = ["--force", "--grace-period=0"];
      server.kubectl(undefined, `--server=${other.url.origin}`, "delete", "-n", "shop", "pod/short", ...force);
      await server.compact();
      await other.stop();
      expect(pods.get(short)).toBeDefined();
      said.length = 0;
      await server.restart();
      const old = `resourceVersion=${metadata.resourceVersion}&watch=1&timeoutSeconds=2`;
      expect(raw(`/api/v1/pods?${old}`)).toMatch(/too old resource version/);
      await until(() => said.some((sentence) => sentence.endsWith(" pods")) && pods.isConnected); // relisted
      const after = pod("after", "n1", {});
      await until(() => pods.get(after)?.pod.name === "after");
      expect(said.filter((sentence) => sentence.includes("410"))).toEqual([]);
    }, 400_000);

  test("reports that the token of a deleted service account is rejected, and that a renewed one is accepted", async () => {
    const folder = mkdtempSync(join(tmpdir(), "eyas-account-"));
    writeFileSync(join(folder, "ca.crt"), readFileSync(join(server.folder, "ca.crt")));
    const renew = (): void =>
      writeFileSync(join(folder, "token"), server.kubectl(undefined, "create", "token", "eyas", "-n", "eyas"));
    renew();
    const others = new PodTable();
    const reports: string[] = [];
    const times = { firstWait: 200, longestWait: 1000, stream: 300, silence: 150_000 };
    const options = { credentials: podCredentials(server.url, folder), node: "n9", timeout: 10_000, lifetime: 60_000 };
    const second = watchKubernetes({ ...options, related: true, times }, others, () => {}, {
      synced: (count) => void reports.push(`${count} pods`),
      lost: (reason) => void reports.push(`lost: ${reason}`),
      credentials: (isAccepted) => void reports.push(isAccepted ? "accepted" : "rejected"),
    });
    /** Creates pods, whose owners are then requested, until a report arrives. */
    async function untilReported(what: string): Promise<void> {
      for (const end = Date.now() + 60_000; !reports.includes(what); await sleep(500)) {
        if (Date.now() > end) throw new Error(`reported: ${reports.join("; ")}`);
        const name = `owned-${randomUUID()}`;
        pod(name, "n9", owned("apps/v1", "ReplicaSet", name, name));
      }
    }
    try {
      await until(() => reports.includes("0 pods"));
      server.kubectl(undefined, "delete", "serviceaccount", "eyas", "-n", "eyas");
      await untilReported("rejected"); // the server caches a valid token for ten seconds
      expect(reports).toEqual(["0 pods", "rejected"]);
      server.kubectl(undefined, "create", "serviceaccount", "eyas", "-n", "eyas");
      renew();
      await untilReported("accepted");
      expect(second.answers.get(401)).toBeLessThan(10);
    } finally {
      await second.close();
    }
  }, 400_000);
});
