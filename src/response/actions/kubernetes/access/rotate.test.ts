import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alertWith } from "../../../../../test/response/alert.ts";
import { rotation } from "../../../../../test/response/rotation.ts";
import { noLimits, openScene } from "../../../../../test/response/scene.ts";
import { granted, startCluster, type TestCluster } from "../../../../../test/stand-in/kubernetes/cluster.ts";
import { object, podFacts } from "../../../../../test/stand-in/kubernetes/objects.ts";
import { newJournal } from "../../../../journal/alerts.fixture.ts";
import { openWriter } from "../../../../journal/write.ts";
import { makeCertificates } from "../../../../output/transport/certificates.fixture.ts";
import { type Facts, factsOf } from "../../../../transport/json.ts";
import { action as rotate } from "./rotate.ts";

const by = (name: string) => alertWith({ "ka.user.name": name });
const WEB = by("system:serviceaccount:shop:web");

describe("against a stand-in that implements the documented API strictly", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => {
    cluster.reset();
    put();
  });

  const put = (metadata: Facts = {}, namespace = "shop", name = "web") =>
    cluster.server.put("serviceaccounts", {
      ...object(namespace, name, {}, { uid: "old", labels: { app: "web" }, annotations: { a: "b" }, ...metadata }),
      secrets: [{ name: "web-token-x1" }, { name: "web-dockercfg" }],
      imagePullSecrets: [{ name: "pull" }],
      automountServiceAccountToken: false,
    });
  const web = () => cluster.server.get("serviceaccounts", "shop", "web");
  const uidOf = (facts: Facts | undefined) => factsOf(facts?.metadata).uid;

  it("changes only the UID of the account", async () => {
    expect(rotate.target(WEB, { account: "requester" })).toEqual({ target: "service account shop/web" });
    expect(await cluster.run(rotate, WEB)).toMatchObject({
      outcome: "done",
      answer: expect.stringMatching(/^recreated service account shop\/web: its UID changed from old to \S+$/),
    });
    expect(uidOf(web())).not.toBe("old");
    expect(web()).toMatchObject({
      metadata: { labels: { app: "web" }, annotations: { a: "b" } },
      secrets: [{ name: "web-dockercfg" }],
      imagePullSecrets: [{ name: "pull" }],
      automountServiceAccountToken: false,
    });
  });

  it("deletes only the secrets with tokens that the account lists", async () => {
    for (const name of ["web-token-x1", "web-dockercfg", "web-token-of-another"])
      cluster.server.put("secrets", object("shop", name));
    expect(await cluster.run(rotate, WEB, { tokens: "legacy" })).toEqual({
      outcome: "done",
      answer: "deleted 1 secret with tokens of service account shop/web",
    });
    expect(cluster.server.all("secrets").map(({ metadata }) => factsOf(metadata).name)).toEqual([
      "web-dockercfg",
      "web-token-of-another",
    ]);
    expect(uidOf(web())).toBe("old");
    expect(await cluster.run(rotate, WEB, { tokens: "legacy" })).toMatchObject({ outcome: "skipped" });
  });

  it("keeps labels and annotations of an account that a controller creates first", async () => {
    put({}, "shop", "default");
    cluster.server.interrupt = (asked) => {
      if (asked.startsWith("POST") && asked.endsWith("/serviceaccounts"))
        cluster.server.put("serviceaccounts", object("shop", "default", {}, { uid: "new" }));
      return undefined;
    };
    expect(await cluster.run(rotate, by("system:serviceaccount:shop:default"))).toMatchObject({ outcome: "done" });
    expect(cluster.server.get("serviceaccounts", "shop", "default")).toMatchObject({
      metadata: { uid: "new", labels: { app: "web" } },
      imagePullSecrets: [{ name: "pull" }],
    });
  });

  it("creates the account even if requests fail for a while, and reports if this was not possible", async () => {
    let failures = 2;
    cluster.server.interrupt = (asked) =>
      asked.startsWith("POST") && asked.endsWith("/serviceaccounts") && failures-- > 0 ? { status: 500 } : undefined;
    expect(await cluster.run(rotate, WEB)).toMatchObject({ outcome: "done" });
    failures = 100;
    put();
    expect(await cluster.run(rotate, WEB)).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("service account shop/web was deleted and could not be recreated: "),
    });
  });

  it("does not delete an account that it could not create again", async () => {
    cluster.server.interrupt = (asked) => (asked.endsWith("?dryRun=All") ? { status: 403 } : undefined);
    expect(await cluster.run(rotate, WEB)).toMatchObject({ outcome: "failed" });
    expect(uidOf(web())).toBe("old");
  });

  it("records the account before it deletes it, and deletes nothing if that fails", async () => {
    const records: string[] = [];
    const uids: unknown[] = [];
    const record = async (text: string): Promise<void> => {
      records.push(text);
      uids.push(uidOf(web()));
      if (records.length === 2) throw new Error("the disk is full");
    };
    expect(await cluster.run(rotate, WEB, {}, [], { record })).toMatchObject({ outcome: "done" });
    put();
    expect(await cluster.run(rotate, WEB, {}, [], { record })).toEqual({
      outcome: "failed",
      reason: "the disk is full",
    });
    expect(uidOf(web())).toBe("old");
    expect(uids).toEqual(["old", "old"]);
    expect(JSON.parse(records[0]!)).toMatchObject({
      uid: "old",
      copy: { metadata: { namespace: "shop", name: "web" } },
    });
  });

  it("finishes an interrupted attempt, whether the account was deleted, created again, or neither", async () => {
    let recorded = "";
    const record = async (text: string): Promise<void> => {
      recorded = text;
    };
    await cluster.run(rotate, WEB, {}, [], { record });
    const finish = () => cluster.run(rotate, WEB, {}, [], { recorded });
    const like = {
      metadata: { labels: { app: "web" }, annotations: { a: "b" } },
      secrets: [{ name: "web-dockercfg" }],
    };
    cluster.reset();
    expect(web()).toBeUndefined();
    expect(await finish()).toMatchObject({
      outcome: "done",
      answer: expect.stringContaining("its UID changed from old to "),
    });
    expect(web()).toMatchObject(like);
    const uid = uidOf(web());
    expect(await finish()).toMatchObject({ outcome: "done" });
    expect(web()).toMatchObject({ ...like, metadata: { uid } });
    put();
    expect(await finish()).toMatchObject({ outcome: "done" });
    expect(uidOf(web())).not.toBe("old");
    expect(await cluster.run(rotate, WEB, {}, [], { recorded: "{}" })).toMatchObject({ outcome: "failed" });
  });

  it("is finished by the next process if Eyas is killed between deletion and creation", async () => {
    const file = newJournal();
    openWriter(file, { maxAge: 0, maxSize: 0 }).close();
    cluster.server.allowed = granted(rotate);
    const script = fileURLToPath(new URL("../../../../../test/response/rotate-process.ts", import.meta.url));
    const child = spawn(process.execPath, [script, file, cluster.server.kubeconfig], { stdio: "inherit" });
    const ended = once(child, "exit");
    cluster.server.interrupt = (asked) => {
      if (!asked.startsWith("POST") || !asked.endsWith("/serviceaccounts")) return undefined;
      child.kill("SIGKILL");
      return { status: 500 };
    };
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(web()).toBeUndefined();
    cluster.server.interrupt = () => undefined;
    // Neither paused responses nor a dry run may leave the account deleted.
    const settings = { ...noLimits, paused: true, dryRun: true };
    const scene = openScene(await rotation(cluster.server.kubeconfig), settings, file);
    const steps = await scene.settled(2);
    await scene.close();
    expect(steps).toMatchObject([
      { state: "unknown", attempt: 1 },
      { state: "done", attempt: 2, answer: expect.stringContaining("its UID changed from old to ") },
    ]);
    expect(steps[1]?.record).toBeUndefined();
    expect(web()).toMatchObject({ metadata: { labels: { app: "web" } }, imagePullSecrets: [{ name: "pull" }] });
  });

  it("does not touch a replaced, changed or finalized account", async () => {
    cluster.server.interrupt = (asked) => {
      if (asked.startsWith("DELETE")) put({ uid: "another" });
      return undefined;
    };
    expect(await cluster.run(rotate, WEB)).toEqual({
      outcome: "failed",
      reason: "service account shop/web was changed in the meantime",
    });
    expect(uidOf(web())).toBe("another");
    put({ finalizers: ["example.org/keep"] });
    expect(await cluster.run(rotate, WEB)).toMatchObject({ outcome: "failed" });
    put({ creationTimestamp: "2026-07-30T13:00:00Z" });
    expect(await cluster.run(rotate, WEB)).toMatchObject({ outcome: "skipped" });
    expect(uidOf(web())).toBe("old");
  });

  it("rotates the tokens of the alert's pod", async () => {
    cluster.server.put("pods", podFacts("shop", "lone", {}, { serviceAccountName: "web" }));
    const alert = cluster.about("shop", "lone");
    expect(rotate.target(alert, { account: "pod" })).toEqual({ target: "service account of pod shop/lone" });
    expect(await cluster.run(rotate, alert, { account: "pod" })).toMatchObject({ outcome: "done" });
    expect(uidOf(web())).not.toBe("old");
  });

  it.each([
    ["system:serviceaccount:kube-system:job", "skipped"],
    ["system:serviceaccount:eyas:eyas", "skipped"],
    ["system:serviceaccount:eyas:other", "skipped"],
    ["system:serviceaccount:shop:none", "skipped"],
    ["alice", "failed"],
    ["system:serviceaccount:shop:../../x", "failed"],
  ])("does nothing for %s", async (name, outcome) => {
    expect(await cluster.run(rotate, by(name))).toMatchObject({ outcome });
    expect(cluster.server.asked.filter((asked) => asked.startsWith("DELETE"))).toEqual([]);
  });
});
