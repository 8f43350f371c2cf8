import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alertWith, requestFor } from "../../../../test/response/alert.ts";
import { hostile } from "../../../../test/response/hostile.ts";
import { type ApiServer, startApiServer } from "../../../../test/stand-in/kubernetes/api-server.ts";
import { alertOf, object, ownedBy, podFacts, putShop } from "../../../../test/stand-in/kubernetes/objects.ts";
import type { AlertRecord } from "../../../alert/record.ts";
import { makeCertificates } from "../../../output/transport/certificates.fixture.ts";
import type { Action } from "../../action.ts";
import { action as terminate } from "./terminate.ts";

describe("against a stand-in that implements the documented API strictly", () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await startApiServer(makeCertificates());
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    putShop(server);
    server.asked.length = 0;
    server.allowed = undefined;
    server.interrupt = () => undefined;
  });

  const run = (alert: AlertRecord, given: Readonly<Record<string, unknown>> = {}, action: Action = terminate) =>
    action.run(requestFor(action, alert, { kubeconfig: server.kubeconfig, ...given }));

  it("deletes the alert's pod with exactly the stated permissions", async () => {
    server.allowed = new Set(["get pods", "delete pods"]);
    const pod = server.get("pods", "shop", "web-1");
    expect(terminate.target(alertOf(pod), {})).toEqual({ target: "pod shop/web-1" });
    expect(await run(alertOf(pod))).toEqual({
      outcome: "done",
      answer: expect.stringMatching(/^deleted pod shop\/web-1 \(UID [-0-9a-f]{36}\) with a grace period of 0 s$/),
    });
    expect(server.asked).toEqual([
      "GET /api/v1/namespaces/shop/pods/web-1",
      "DELETE /api/v1/namespaces/shop/pods/web-1",
    ]);
    expect(server.get("pods", "shop", "web-1")).toBeUndefined();
    expect(server.get("pods", "shop", "web-2")).toBeDefined();
    expect(await run(alertOf(pod))).toEqual({ outcome: "skipped", reason: "pod shop/web-1 no longer exists" });
  });

  it("uses the configured grace period", async () => {
    const pod = server.get("pods", "shop", "web-1");
    expect(await run(alertOf(pod), { grace_period_seconds: "20" })).toMatchObject({ outcome: "done" });
    expect(server.get("pods", "shop", "web-1")).toMatchObject({ metadata: { deletionGracePeriodSeconds: 20 } });
  });

  it("skips a later pod of the same name", async () => {
    const alert = alertOf(server.get("pods", "shop", "web-1"));
    server.put("pods", podFacts("shop", "web-1"));
    expect(await run(alert)).toMatchObject({
      outcome: "skipped",
      reason: expect.stringContaining("was replaced"),
    });
    // Likewise for a pod that is replaced between read and deletion.
    const now = alertOf(server.get("pods", "shop", "web-1"));
    server.interrupt = (asked) => {
      if (asked.startsWith("DELETE")) server.put("pods", podFacts("shop", "web-1"));
      return undefined;
    };
    expect(await run(now)).toEqual({ outcome: "skipped", reason: "pod shop/web-1 no longer exists" });
    expect(server.get("pods", "shop", "web-1")).toBeDefined();
  });

  it("compares creation time where an alert has no UID", async () => {
    const alert = alertWith({ "ka.target.name": "web-1", "ka.target.namespace": "shop", "ka.target.resource": "pods" });
    server.put("pods", podFacts("shop", "web-1", { creationTimestamp: "2026-07-30T13:00:00Z" }));
    expect(await run(alert)).toMatchObject({
      outcome: "skipped",
      reason: expect.stringContaining("created after the alert"),
    });
    server.put("pods", podFacts("shop", "web-1", { creationTimestamp: "2026-07-30T12:00:00Z" }));
    expect(await run(alert)).toMatchObject({ outcome: "done" });
  });

  it.each([
    ["DaemonSet", "ignore_daemonsets"],
    ["StatefulSet", "ignore_statefulsets"],
  ])("skips pods of a %s with %s", async (kind, parameter) => {
    const pod = server.put("pods", podFacts("shop", "own-1", ownedBy(kind, "own")));
    expect(await run(alertOf(pod), { [parameter]: "true" })).toEqual({
      outcome: "skipped",
      reason: `it belongs to a ${kind}`,
    });
    expect(await run(alertOf(pod), { [parameter]: "false" })).toMatchObject({ outcome: "done" });
  });

  it("skips pods without an owner, static pods and its own pod", async () => {
    const lone = server.put("pods", podFacts("shop", "lone"));
    expect(await run(alertOf(lone), { ignore_standalone_pods: true })).toEqual({
      outcome: "skipped",
      reason: "it has no owner",
    });
    const annotations = { "kubernetes.io/config.mirror": "abc", "kubernetes.io/config.hash": "abc" };
    const mirror = server.put("pods", podFacts("shop", "static-node-1", { annotations }));
    expect(await run(alertOf(mirror, { "k8s.pod.uid": "abc" }))).toMatchObject({
      outcome: "skipped",
      reason: expect.stringContaining("kubelet"),
    });
    process.env.KUBERNETES_SERVICE_HOST = "10.0.0.1";
    process.env.POD_NAME = "lone";
    try {
      expect(await run(alertOf(lone))).toEqual({ outcome: "skipped", reason: "it is the pod in which Eyas runs" });
    } finally {
      delete process.env.KUBERNETES_SERVICE_HOST;
      delete process.env.POD_NAME;
    }
  });

  it.each([
    ["2", 2, "done"],
    ["3", 2, "skipped"],
    ["50%", 1, "done"],
    ["51%", 1, "skipped"],
    [1, 0, "skipped"],
  ])("with min_healthy_replicas %s and %i ready of 2: %s", async (least, readyReplicas, outcome) => {
    const metadata = ownedBy("Deployment", "web");
    server.put(
      "replicasets",
      object("shop", "web-5d4f", { spec: { replicas: 2 }, status: { replicas: 2, readyReplicas } }, metadata),
    );
    const result = await run(alertOf(server.get("pods", "shop", "web-1")), { min_healthy_replicas: least });
    expect(result).toMatchObject({ outcome });
  });

  it("protects kube-system unless a rule allows it", async () => {
    const pod = server.put("pods", podFacts("kube-system", "coredns-1"));
    expect(await run(alertOf(pod))).toEqual({ outcome: "skipped", reason: "the namespace kube-system is protected" });
    expect(await run(alertOf(pod), { protected_namespaces: ["*-system"] })).toMatchObject({ outcome: "skipped" });
    expect(server.asked).toEqual([]);
    expect(await run(alertOf(pod), { protected_namespaces: ["kube.system", "system"] })).toMatchObject({
      outcome: "done",
    });
  });

  it("reports errors of the API server, and respects Retry-After", async () => {
    const alert = alertOf(server.get("pods", "shop", "web-1"));
    server.allowed = new Set(["get pods"]);
    expect(await run(alert)).toEqual({
      outcome: "failed",
      reason: expect.stringMatching(/^the API server does not allow the request \(403\): pods "web-1" is forbidden/),
    });
    server.allowed = undefined;
    let left = 1;
    server.interrupt = (asked) =>
      asked.startsWith("DELETE") && left-- > 0 ? { status: 429, headers: { "retry-after": "0" } } : undefined;
    expect(await run(alert)).toMatchObject({ outcome: "done" });
    expect(await run(alert, { kubeconfig: "/nowhere" })).toEqual({
      outcome: "failed",
      reason: "cannot read /nowhere: ENOENT",
    });
  });

  it.each(Object.entries(hostile))("%s in place of a name causes no action", async (_, text) => {
    for (const fields of [
      { "k8s.pod.name": text, "k8s.ns.name": "shop" },
      { "k8s.pod.name": "web-1", "k8s.ns.name": text },
      { "ka.target.name": text, "ka.target.namespace": text },
    ]) {
      const alert = alertWith(fields);
      expect(terminate.target(alert, {})).toHaveProperty("missing");
      expect(await run(alert)).toMatchObject({ outcome: "failed" });
    }
    // The text differs from the pod's UID; other fields of the alert are not used.
    const odd = alertWith({
      "k8s.pod.name": "web-1",
      "k8s.ns.name": "shop",
      "k8s.pod.uid": text,
      "proc.cmdline": text,
    });
    expect(await run(odd)).toMatchObject({ outcome: "skipped" });
    expect(server.asked).toEqual(["GET /api/v1/namespaces/shop/pods/web-1"]);
  });
});
