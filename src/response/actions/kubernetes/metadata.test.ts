import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startCluster, type TestCluster } from "../../../../test/stand-in/kubernetes/cluster.ts";
import { makeCertificates } from "../../../output/transport/certificates.fixture.ts";
import type { Action } from "../../action.ts";
import { action as annotation } from "./annotation.ts";
import { action as cordon } from "./cordon.ts";
import { action as drain } from "./drain.ts";
import { action as label } from "./label.ts";

describe("against a stand-in that implements the documented API strictly", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => cluster.reset());

  it("labels the pod, and removes labels with an empty value", async () => {
    const labels = { suspicious: "true", "example.org/by": "eyas", tier: "", none: null, level: 3 };
    expect(await cluster.run(label, cluster.about("shop", "web-1"), { labels })).toEqual({
      outcome: "done",
      answer:
        'pod shop/web-1: set the labels suspicious, example.org/by, level and removed the labels tier, none; before: {"suspicious":null,"example.org/by":null,"tier":"front","level":null}',
    });
    expect(cluster.server.get("pods", "shop", "web-1")).toMatchObject({
      metadata: {
        labels: { app: "web", "pod-template-hash": "5d4f", suspicious: "true", "example.org/by": "eyas", level: "3" },
      },
      spec: { nodeName: "node-1" },
    });
    expect(cluster.server.get("pods", "shop", "web-1")).not.toHaveProperty("metadata.labels.tier");
    expect([...cluster.server.needed].sort()).toEqual(["get pods", "patch pods"]);
  });

  it("labels nothing because of a failed request", async () => {
    for (const level of ["pod", "node"])
      expect(
        await cluster.run(label, cluster.about("shop", "web-1", { "ka.response.code": "403" }), {
          labels: { a: "b" },
          level,
        }),
      ).toMatchObject({ outcome: "skipped", reason: expect.stringContaining("status 403") });
    expect(cluster.server.asked).toEqual([]);
  });

  it("labels the node with level node", async () => {
    const given = { labels: { quarantined: "yes" }, level: "node" };
    expect(await cluster.run(label, cluster.about("shop", "web-1"), given)).toMatchObject({ outcome: "done" });
    expect(cluster.server.get("nodes", "", "node-1")).toMatchObject({
      metadata: { labels: { quarantined: "yes", "kubernetes.io/hostname": "host-1" } },
    });
  });

  it("reports previous values, except of a node that the role of an earlier version cannot read", async () => {
    const alert = cluster.about("shop", "web-1");
    const run = (value: string) =>
      cluster.run(annotation, alert, { annotations: { "example.org/why": value }, level: "node" });
    const answers = [await run("a"), await run("a"), await run("b")];
    cluster.server.interrupt = (asked) => (asked === "GET /api/v1/nodes/node-1" ? { status: 403 } : undefined);
    answers.push(await run("c"));
    const done = (more: string) => ({
      outcome: "done",
      answer: `node node-1: set the annotations example.org/why${more}`,
    });
    expect(answers).toEqual([
      done('; before: {"example.org/why":null}'),
      done("; no values changed"),
      done('; before: {"example.org/why":"a"}'),
      done(""),
    ]);
  });

  it("has different targets for pod and node, and therefore separate cooldowns", () => {
    const alert = cluster.about("shop", "web-1");
    const target = (action: Action, parameters: object) => action.target(alert, { ...parameters });
    expect(target(label, { level: "pod" })).toEqual({ target: "pod shop/web-1" });
    expect(target(label, { level: "node" })).toEqual({ target: "node of pod shop/web-1" });
    expect(target(annotation, { level: "node" })).toEqual({ target: "node of pod shop/web-1" });
    expect([target(cordon, {}), target(drain, {})]).toEqual(Array(2).fill({ target: "node of pod shop/web-1" }));
  });

  it("annotates with any text", async () => {
    const text = 'a"b\n{"x": 1} 🦊';
    await cluster.run(annotation, cluster.about("shop", "web-1"), { annotations: { "example.org/why": text } });
    expect(cluster.server.get("pods", "shop", "web-1")).toMatchObject({
      metadata: { annotations: { "example.org/why": text } },
    });
  });

  it("does not label a pod that has replaced the alert's pod", async () => {
    const alert = cluster.about("shop", "web-1");
    cluster.server.interrupt = (asked) => {
      const pod = cluster.server.get("pods", "shop", "web-1");
      if (asked.startsWith("PATCH"))
        cluster.server.put("pods", { ...pod, metadata: { name: "web-1", namespace: "shop" } });
      return undefined;
    };
    expect(await cluster.run(label, alert, { labels: { a: "b" } })).toEqual({
      outcome: "skipped",
      reason: "pod shop/web-1 was replaced in the meantime",
    });
    expect(cluster.server.get("pods", "shop", "web-1")).not.toHaveProperty("metadata.labels");
  });

  it.each([
    [{ "a b": "c" }],
    [{ a: "b c" }],
    [{ a: "x".repeat(64) }],
    [{ "x/y/z": "a" }],
    [{}],
    ["a=b"],
    [{ a: ["b"] }],
  ])("rejects %j as labels", (labels) => expect(label.parameters.labels?.check(labels)).toBeUndefined());
});
