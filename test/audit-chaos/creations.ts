import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RealApiServer } from "../parts/kubernetes/api-server.ts";

type Fields = Readonly<Record<string, unknown>>;

const container = (more: Fields = {}): Fields => ({ name: "a", image: "registry.example.com/shop/web", ...more });
const privileged = container({ securityContext: { privileged: true } });
const template = { metadata: { labels: { app: "a" } }, spec: { containers: [privileged] } };
const core = "/api/v1/namespaces/default";
const rbac = "/apis/rbac.authorization.k8s.io/v1";

/** Objects to create. Most objects match at least one rule, some match several rules, and one matches no rule. */
const KINDS: readonly (readonly [path: string, apiVersion: string, kind: string, body: Fields])[] = [
  [`${core}/configmaps`, "v1", "ConfigMap", { data: { conf: "password=hunter2" } }],
  [`${core}/configmaps`, "v1", "ConfigMap", { data: { color: "blue" } }],
  [`${core}/secrets`, "v1", "Secret", { stringData: { token: "x" } }],
  [`${core}/serviceaccounts`, "v1", "ServiceAccount", {}],
  [`${core}/pods`, "v1", "Pod", { spec: { hostPID: true, containers: [privileged] } }],
  [`${core}/pods`, "v1", "Pod", { spec: { containers: [container()] } }],
  [
    "/apis/apps/v1/namespaces/default/deployments",
    "apps/v1",
    "Deployment",
    { spec: { selector: { matchLabels: { app: "a" } }, template } },
  ],
  [
    `${rbac}/clusterroles`,
    "rbac.authorization.k8s.io/v1",
    "ClusterRole",
    { rules: [{ apiGroups: [""], verbs: ["*"], resources: ["pods", "pods/exec"] }] },
  ],
  [
    `${rbac}/clusterrolebindings`,
    "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding",
    {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "mallory" }],
    },
  ],
];

/** Maximum number of requests in progress. Additional creations are skipped. */
const MOST = 400;

export interface Creations {
  /** Number of created objects. */
  readonly created: number;
  /** Number of failed requests. */
  readonly failed: number;
  /** Number of creations that were skipped because the API server was too slow. */
  readonly leftOut: number;
  /** Stops creating objects, and waits for requests in progress. */
  stop(): Promise<void>;
}

/**
 * Creates objects of all kinds in turn, even while the API server restarts.
 * @param rate number of objects per second
 */
export function startCreations(server: RealApiServer, urls: readonly URL[], rate: number): Creations {
  const agent = new Agent({ keepAlive: true, maxSockets: 32, ca: readFileSync(join(server.folder, "ca.crt")) });
  const counts = { created: 0, failed: 0, leftOut: 0 };
  const pending = new Set<Promise<void>>();
  let stopped = false;

  function create(number: number): Promise<void> {
    const [path, apiVersion, kind, body] = KINDS[number % KINDS.length]!;
    const text = JSON.stringify({ apiVersion, kind, metadata: { name: `chaos-${number}` }, ...body });
    const headers = {
      ...{ "content-type": "application/json", "content-length": Buffer.byteLength(text) },
      authorization: `Bearer ${server.tokens.admin}`,
    };
    return new Promise((resolve) => {
      const asked = request(
        new URL(path, urls[number % urls.length]),
        { method: "POST", agent, headers, timeout: 10_000 },
        (response) => {
          if (response.statusCode === 201) counts.created++;
          else counts.failed++;
          response.resume().once("close", resolve);
        },
      );
      asked.once("timeout", () => asked.destroy(new Error("no answer")));
      asked.once("error", () => {
        counts.failed++;
        resolve();
      });
      asked.end(text);
    });
  }

  async function run(): Promise<void> {
    const began = performance.now();
    for (let number = 0; !stopped; number++) {
      const due = began + (number / rate) * 1000 - performance.now();
      if (due > 1) await sleep(due);
      else if (number % rate === 0) await sleep(0);
      if (pending.size >= MOST) {
        counts.leftOut++;
        continue;
      }
      const one = create(number).finally(() => pending.delete(one));
      pending.add(one);
    }
  }

  const running = run();
  return {
    get created() {
      return counts.created;
    },
    get failed() {
      return counts.failed;
    },
    get leftOut() {
      return counts.leftOut;
    },
    async stop() {
      stopped = true;
      await running;
      await Promise.all(pending);
      agent.destroy();
    },
  };
}
