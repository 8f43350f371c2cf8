// Kubernetes actions against a real API server, and with the same requests against the stand-in of the actions' unit tests,
// to verify the stand-in. The stand-in is also for requests that need a kubelet (exec, logs), for resources of Calico and
// Cilium, and for error responses.
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { home } from "../src/agent/home.ts";
import type { FieldValue } from "../src/alert/record.ts";
import { makeCertificates } from "../src/output/transport/certificates.fixture.ts";
import type { ActionResult } from "../src/response/action.ts";
import { actions } from "../src/response/list.ts";
import { apiServerParts, startApiServer } from "./parts/kubernetes/api-server.ts";
import { needs } from "./parts/needs.ts";
import { alertWith, requestFor } from "./response/alert.ts";
import { startApiServer as startStandInServer } from "./stand-in/kubernetes/api-server.ts";

interface Server {
  /** Kubeconfig files: of an administrator, and of a user with the roles. */
  readonly admin: string;
  readonly eyas: string;
  stop(): Promise<void>;
}

async function startStandIn(): Promise<Server> {
  const server = await startStandInServer(makeCertificates());
  return { admin: server.kubeconfig, eyas: server.kubeconfig, stop: () => server.stop() };
}

async function startReal(): Promise<Server> {
  const { admin, eyas, close } = await startApiServer();
  return { admin, eyas, stop: close };
}

const servers = [
  {
    name: "a stand-in that implements the documented API strictly",
    parts: needs("kubectl", "openssl"),
    start: startStandIn,
  },
  { name: "a real API server", parts: needs(...apiServerParts), start: startReal },
];

describe.each(servers)("against $name", ({ parts, start }) => {
  describe("actions on Kubernetes", parts, () => {
    let server: Server;
    const folder = mkdtempSync(join(tmpdir(), "eyas-response-"));

    /** Runs kubectl beside this process, which may be the server. */
    async function admin(...words: readonly string[]): Promise<string> {
      const child = spawn("kubectl", words, {
        env: { PATH: process.env.PATH, HOME: folder, KUBECONFIG: server.admin },
      });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (said += bytes));
      const status = await new Promise((resolve) => child.once("close", resolve));
      if (status !== 0) throw new Error(`kubectl ${words.join(" ")}: ${said}`);
      return said.trim();
    }

    async function make(...objects: readonly object[]): Promise<void> {
      const file = join(folder, "objects.json");
      writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
      await admin("create", "--validate=false", "-f", file);
    }

    const get = (path: string, ...words: readonly string[]) => admin("get", ...words, "-o", `jsonpath={${path}}`);

    async function about(name: string): Promise<Record<string, FieldValue>> {
      return {
        "k8s.ns.name": "shop",
        "k8s.pod.name": name,
        "k8s.pod.uid": await get(".metadata.uid", "pod", name, "-n", "shop"),
      };
    }

    async function run(name: string, fields: Record<string, FieldValue>, given: object = {}): Promise<ActionResult> {
      const action = await actions[name]!();
      const alert = alertWith(fields, { time: BigInt(Date.now()) * 1_000_000n });
      return action.run(requestFor(action, alert, { kubeconfig: server.eyas, ...given }));
    }

    const pod = (name: string, metadata: object = {}) => ({
      ...{ apiVersion: "v1", kind: "Pod", metadata: { namespace: "shop", name, ...metadata } },
      spec: { nodeName: "node-1", containers: [{ name: "app", image: "example.com/app" }] },
    });
    const labels = { app: "web" };

    beforeAll(async () => {
      server = await start();
      await admin("create", "--validate=false", "-f", join(home, "deploy/kubernetes/response-rbac.yaml"));
      const template = { metadata: { labels }, spec: { containers: [{ name: "app", image: "example.com/app" }] } };
      const spec = { replicas: 3, selector: { matchLabels: labels }, template };
      await make(
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
        { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" }, spec: {} },
        {
          apiVersion: "apps/v1",
          kind: "StatefulSet",
          metadata: { namespace: "shop", name: "web" },
          spec: { ...spec, serviceName: "web" },
        },
      );
      const uid = await get(".metadata.uid", "statefulset", "web", "-n", "shop");
      const ownerReferences = [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid, controller: true }];
      await make(...["web-0", "web-1", "web-2"].map((name) => pod(name, { labels, ownerReferences })));
    }, 400_000);
    afterAll(() => server?.stop());

    it("labels and annotates the pod and the node", async () => {
      const fields = await about("web-0");
      expect(await run("kubernetes:label", fields, { labels: { suspicious: "yes", app: "" } })).toMatchObject({
        outcome: "done",
      });
      expect(await get(".metadata.labels", "pod", "web-0", "-n", "shop")).toBe('{"suspicious":"yes"}');
      expect(await run("kubernetes:label", fields, { labels: { a: "b" }, level: "node" })).toMatchObject({
        outcome: "done",
      });
      expect(await get(".metadata.labels.a", "node", "node-1")).toBe("b");
      const annotations = { "example.org/why": 'a "b"\n🦊' };
      expect(await run("kubernetes:annotation", fields, { annotations })).toMatchObject({ outcome: "done" });
      expect(await get(".metadata.annotations.example\\.org/why", "pod", "web-0", "-n", "shop")).toBe('a "b"\n🦊');
    });

    it("creates and changes a network policy", async () => {
      const fields = await about("web-1");
      expect(await run("kubernetes:networkpolicy", fields)).toMatchObject({
        answer: expect.stringContaining("created "),
      });
      const given = { allow_cidr: ["10.0.0.0/8"], allow_namespaces: ["data"], directions: ["ingress", "egress"] };
      expect(await run("kubernetes:networkpolicy", fields, given)).toMatchObject({
        answer: expect.stringContaining("updated "),
      });
      expect(await get(".spec.ingress[0].from[0].ipBlock.cidr", "networkpolicy", "eyas-web", "-n", "shop")).toBe(
        "10.0.0.0/8",
      );
    });

    it("scales the owner to zero", async () => {
      expect(await run("kubernetes:scale", await about("web-1"))).toEqual({
        outcome: "done",
        answer: "scaled StatefulSet shop/web from 3 to 0 replicas",
      });
      expect(await get(".spec.replicas", "statefulset", "web", "-n", "shop")).toBe("0");
    });

    it("terminates the pod with the UID of the alert, not another one of that name", async () => {
      await make(pod("lone"));
      const fields = await about("lone");
      expect(await run("kubernetes:terminate", fields)).toMatchObject({ outcome: "done" });
      expect(await run("kubernetes:terminate", fields)).toEqual({
        outcome: "skipped",
        reason: "pod shop/lone is gone",
      });
      await make(pod("lone"));
      expect(await run("kubernetes:terminate", fields)).toMatchObject({ outcome: "skipped" });
      expect(await get(".metadata.name", "pod", "lone", "-n", "shop")).toBe("lone");
    });

    it("drains the node", async () => {
      const result = await run("kubernetes:drain", await about("web-1"), { ignore_standalone_pods: true });
      expect(result).toEqual({ outcome: "done", answer: "node node-1: evicted 3 pods, 1 not evicted" });
      expect(await get(".spec.unschedulable", "node", "node-1")).toBe("true");
    });

    it("deletes the object of an audit event without reading secrets", async () => {
      const metadata = { namespace: "shop", name: "wrong" };
      await make({ apiVersion: "v1", kind: "Secret", metadata }, { apiVersion: "v1", kind: "ConfigMap", metadata });
      for (const resource of ["secrets", "configmaps"]) {
        const fields = { "ka.target.resource": resource, "ka.target.namespace": "shop", "ka.target.name": "wrong" };
        expect(await run("kubernetes:delete", fields)).toMatchObject({ outcome: "done" });
        expect(await run("kubernetes:delete", fields)).toMatchObject({ outcome: "skipped" });
      }
    });
  });
});
