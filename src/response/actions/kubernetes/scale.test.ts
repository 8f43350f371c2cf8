import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startCluster, type TestCluster } from "../../../../test/stand-in/kubernetes/cluster.ts";
import { object, ownedBy, podFacts } from "../../../../test/stand-in/kubernetes/objects.ts";
import { makeCertificates } from "../../../output/transport/certificates.fixture.ts";
import { FORMER, action as scale } from "./scale.ts";

describe("against a stand-in that implements the documented API strictly", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => {
    cluster.reset();
    const { server } = cluster;
    server.put("deployments", object("shop", "web", { spec: { replicas: 4 } }, { uid: "uid-of-web" }));
    server.put(
      "replicasets",
      object(
        "shop",
        "web-5d4f",
        { spec: { replicas: 4 } },
        { uid: "uid-of-web-5d4f", ...ownedBy("Deployment", "web") },
      ),
    );
  });

  it("scales the Deployment, not the ReplicaSet, and stores the former number", async () => {
    expect(await cluster.run(scale, cluster.about("shop", "web-1"))).toEqual({
      outcome: "done",
      answer: "scaled Deployment shop/web from 4 to 0 replicas",
    });
    expect(cluster.server.get("deployments", "shop", "web")).toMatchObject({
      metadata: { annotations: { [FORMER]: "4" } },
      spec: { replicas: 0 },
    });
    expect(cluster.server.get("replicasets", "shop", "web-5d4f")).toMatchObject({ spec: { replicas: 4 } });
    expect(await cluster.run(scale, cluster.about("shop", "web-1"))).toEqual({
      outcome: "skipped",
      reason: "Deployment shop/web is already scaled to zero replicas",
    });
    expect(cluster.server.get("deployments", "shop", "web")).toMatchObject({
      metadata: { annotations: { [FORMER]: "4" } },
    });
  });

  it.each([
    ["StatefulSet", "statefulsets", "apps/v1"],
    ["ReplicationController", "replicationcontrollers", "v1"],
    ["ReplicaSet", "replicasets", "apps/v1"],
  ])("scales a %s without an owner", async (kind, resource, apiVersion) => {
    cluster.server.put(resource, object("data", "db", { spec: { replicas: 3 } }, { uid: "uid-of-db" }));
    cluster.server.put("pods", podFacts("data", "db-0", ownedBy(kind, "db", apiVersion)));
    expect(await cluster.run(scale, cluster.about("data", "db-0"))).toMatchObject({ outcome: "done" });
    expect(cluster.server.get(resource, "data", "db")).toMatchObject({ spec: { replicas: 0 } });
  });

  it("retries on a conflict", async () => {
    let times = 1;
    cluster.server.interrupt = (asked) => {
      if (asked.startsWith("PATCH") && times-- > 0)
        cluster.server.put("deployments", object("shop", "web", { spec: { replicas: 7 } }, { uid: "uid-of-web" }));
      return undefined;
    };
    expect(await cluster.run(scale, cluster.about("shop", "web-1"))).toMatchObject({
      answer: "scaled Deployment shop/web from 7 to 0 replicas",
    });
  });

  it("skips owners without replicas, and replaced owners", async () => {
    cluster.server.put("pods", podFacts("shop", "log-1", ownedBy("DaemonSet", "log")));
    expect(await cluster.run(scale, cluster.about("shop", "log-1"))).toMatchObject({ outcome: "skipped" });
    cluster.server.put("pods", podFacts("shop", "lone"));
    expect(await cluster.run(scale, cluster.about("shop", "lone"))).toEqual({
      outcome: "skipped",
      reason: "pod shop/lone has no owner",
    });
    cluster.server.put("deployments", object("shop", "web", { spec: { replicas: 4 } }, { uid: "another" }));
    expect(await cluster.run(scale, cluster.about("shop", "web-1"))).toMatchObject({
      outcome: "skipped",
      reason: "Deployment shop/web was replaced in the meantime",
    });
  });
});
