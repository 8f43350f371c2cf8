import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alertWith } from "../../../../../test/response/alert.ts";
import { startCluster, type TestCluster } from "../../../../../test/stand-in/kubernetes/cluster.ts";
import { object } from "../../../../../test/stand-in/kubernetes/objects.ts";
import { makeCertificates } from "../../../../output/transport/certificates.fixture.ts";
import type { Facts } from "../../../../transport/json.ts";
import { action as deny } from "./deny.ts";

const fresh = { creationTimestamp: "2026-07-30T12:34:55Z" };
const spec = { signerName: "kubernetes.io/kube-apiserver-client", username: "mallory", request: "", usages: [] };
const requested = (more = {}) =>
  alertWith({
    ...{ "ka.target.resource": "certificatesigningrequests", "ka.target.name": "admin" },
    ...{ "ka.response.code": "201", "ka.user.name": "mallory", ...more },
  });

describe("against a stand-in that implements the documented API strictly", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => cluster.reset());

  const put = (status: Facts = {}, metadata: Facts = fresh) =>
    cluster.server.put("certificatesigningrequests", object("", "admin", { spec, status }, metadata));
  const conditions = () => {
    const { status } = cluster.server.get("certificatesigningrequests", "", "admin") ?? {};
    return status;
  };

  it("denies a new request with reason and message", async () => {
    put();
    expect(deny.target(requested(), {})).toEqual({ target: "certificatesigningrequests admin" });
    expect(await cluster.run(deny, requested(), { reason: "NotOurs", message: "Ask the platform team." })).toEqual({
      outcome: "done",
      answer: "denied certificatesigningrequests admin",
    });
    expect(conditions()).toMatchObject({
      conditions: [{ type: "Denied", status: "True", reason: "NotOurs", message: "Ask the platform team." }],
    });
    expect(await cluster.run(deny, requested())).toMatchObject({
      outcome: "skipped",
      reason: "certificatesigningrequests admin: it is already denied",
    });
  });

  it("reports that an approved request cannot be denied", async () => {
    put({ conditions: [{ type: "Approved", status: "True" }], certificate: "LS0t" });
    expect(await cluster.run(deny, requested())).toEqual({
      outcome: "skipped",
      reason: "certificatesigningrequests admin: it is approved, and the certificate has been issued",
    });
  });

  it("does not deny an earlier request, such as the request of a node, unless a rule allows it", async () => {
    put({}, {});
    for (const alert of [requested(), requested({ "ka.response.code": "200" })])
      expect(await cluster.run(deny, alert)).toMatchObject({ outcome: "skipped" });
    expect(conditions()).toEqual({});
    expect(await cluster.run(deny, requested({ "ka.response.code": "403" }), { created_only: false })).toMatchObject({
      outcome: "skipped",
    });
    expect(await cluster.run(deny, requested(), { created_only: false })).toMatchObject({ outcome: "done" });
  });

  it("retries on a conflict, and skips a request that is gone", async () => {
    put();
    let times = 1;
    cluster.server.interrupt = (asked) => {
      if (asked.startsWith("PUT") && times-- > 0) put({}, { ...fresh, labels: { a: "b" } });
      return undefined;
    };
    expect(await cluster.run(deny, requested())).toMatchObject({ outcome: "done" });
    cluster.server.clear();
    expect(await cluster.run(deny, requested())).toMatchObject({ outcome: "skipped" });
  });
});
