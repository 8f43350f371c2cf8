import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alertWith } from "../../../test/response/alert.ts";
import { startCluster, type TestCluster } from "../../../test/stand-in/kubernetes/cluster.ts";
import type { ActionEntry } from "../../journal/action-entry.ts";
import { makeCertificates } from "../../output/transport/certificates.fixture.ts";
import { factsOf } from "../../transport/json.ts";
import { grantText } from "../actions/kubernetes/permissions.ts";
import { type ClusterEventOptions, ClusterEvents, clusterEventGrants } from "./cluster-events.ts";

const step: ActionEntry = {
  ...{ id: 1, seq: 1, response: "Terminate", place: 0, action: "kubernetes:terminate", attempt: 1 },
  ...{ key: "0123456789abcdef0123456789abcdef", target: "pod shop/web-1", scope: "namespace shop", dryRun: false },
  ...{ state: "done", why: undefined, answer: "deleted pod shop/web-1", time: 1_785_414_896_000 },
  ...{ asked: 1_785_414_896_100, ended: 1_785_414_896_200 },
};

describe("against a stand-in that implements the documented API strictly", () => {
  let cluster: TestCluster;
  let said: string[];
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => {
    cluster.reset();
    cluster.server.allowed = new Set(
      clusterEventGrants.flatMap(({ verbs, resource }) => verbs.map((verb) => `${verb} ${resource}`)),
    );
    said = [];
  });

  function open(more: Partial<ClusterEventOptions> = {}): ClusterEvents {
    return new ClusterEvents({
      shared: { kubernetes: { kubeconfig: cluster.server.kubeconfig } },
      ...{ hostname: "node-1", timeout: 5000 },
      failed: (reason) => said.push(reason),
      recovered: () => said.push("recovered"),
      ...more,
    });
  }

  it("creates an Event at the alert's pod, with exactly the stated permissions", async () => {
    const events = open();
    const alert = cluster.about("shop", "web-1");
    events.notify(step, alert);
    await events.settled();
    expect(said).toEqual([]);
    const [made, ...others] = cluster.server.all("events");
    expect(others).toEqual([]);
    expect(made).toMatchObject({
      metadata: { namespace: "shop" },
      involvedObject: {
        ...{ apiVersion: "v1", kind: "Pod", namespace: "shop", name: "web-1" },
        uid: factsOf(cluster.server.get("pods", "shop", "web-1")?.metadata).uid,
      },
      ...{ type: "Normal", reason: "ResponseDone", action: "kubernetes:terminate", count: 1 },
      message: `kubernetes:terminate (Terminate): done, deleted pod shop/web-1. Alert "${alert.rule}": ${alert.output}`,
      source: { component: "eyas", host: "node-1" },
      firstTimestamp: "2026-07-30T12:34:56Z",
    });
    expect([...cluster.server.needed].sort()).toEqual(["create events", "get pods"]);
    expect(clusterEventGrants.map(grantText)).toEqual(["get pods", "create events"]);
  });

  it("creates an Event for a pod that the action deleted, and one Event per attempt", async () => {
    const alert = cluster.about("shop", "web-1");
    cluster.server.clear();
    const events = open();
    events.notify(step, alert);
    events.notify(step, alert);
    events.notify({ ...step, attempt: 2, state: "failed", answer: "timed out" }, alert);
    await events.settled();
    expect(said).toEqual([]);
    expect(cluster.server.all("events").map(({ type, reason }) => [type, reason])).toEqual([
      ["Normal", "ResponseDone"],
      ["Warning", "ResponseFailed"],
    ]);
  });

  it("limits messages, and removes control characters", async () => {
    const events = open();
    const answer = `\u001b[31m\n${"x".repeat(5000)}`;
    events.notify({ ...step, answer }, cluster.about("shop", "web-1"));
    await events.settled();
    const [made] = cluster.server.all("events");
    expect(String(made?.message)).toHaveLength(1024);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there is none
    expect(String(made?.message)).not.toMatch(/[\u0000-\u001f]/);
  });

  it("creates no Event for an alert without a pod", async () => {
    const events = open();
    events.notify(step, alertWith({ "fd.name": "/etc/shadow" }));
    await events.settled();
    expect(cluster.server.asked).toEqual([]);
    expect(said).toEqual([]);
  });

  it("reports a failure and the recovery once", async () => {
    const events = open();
    const alert = cluster.about("shop", "web-1");
    cluster.server.allowed = new Set(["get pods"]);
    events.notify(step, alert);
    events.notify(step, alert);
    await events.settled();
    expect(said).toEqual([expect.stringContaining("does not allow the request (403)")]);
    cluster.server.allowed = undefined;
    events.notify(step, alert);
    await events.settled();
    expect(said.slice(1)).toEqual(["recovered"]);
  });

  it("drops Events beyond the limit", async () => {
    const events = open();
    const alert = cluster.about("shop", "web-1");
    for (let i = 0; i < 150; i++) events.notify({ ...step, attempt: i }, alert);
    await events.settled();
    expect(cluster.server.all("events")).toHaveLength(100);
    expect(said[0]).toBe("100 Events are already queued");
  });
});
