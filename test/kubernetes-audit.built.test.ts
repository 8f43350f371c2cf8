// An API server sends audit events to an `eyas run`, with the files in deploy/.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Running, startRun } from "../bench/audit/run.ts";
import { type JournalAlert, plainValue } from "../src/alert/entry.ts";
import { openReader } from "../src/journal/read.ts";
import { ACTIONS, runAction } from "./detection/kubernetes-audit.ts";
import { deployed, followHowTo, type HowTo, webhookFlags } from "./k8s-audit/how-to.ts";
import { benign } from "./k8s-audit/scenarios/benign.ts";
import { evaluateScenarios } from "./k8s-audit/scenarios/evaluation.ts";
import { PADDED_NAMESPACE, paddedObjects, TRUNCATED } from "./k8s-audit/scenarios/padded.ts";
import { createAll, hostile, runScenarios } from "./k8s-audit/scenarios/run.ts";
import { states } from "./k8s-audit/who-and-what.ts";
import { freePort } from "./parts/child.ts";
import { eventGenerator } from "./parts/event-generator.ts";
import { apiServerParts, type RealApiServer, startApiServer } from "./parts/kubernetes/api-server.ts";
import { needs } from "./parts/needs.ts";

function alertsIn(journal: string): readonly JournalAlert[] {
  const reader = openReader(journal);
  const alerts = reader?.read(0, 100_000) ?? [];
  reader?.close();
  return alerts;
}

function rulesIn(journal: string): Set<string> {
  return new Set(alertsIn(journal).map(({ rule }) => rule));
}

/** Whether `npm run test:kubernetes` runs the tests, with all scenarios and sizes. */
const isComplete = process.env.EYAS_COMPLETE !== undefined;

const FEED = "eyas_feed_events_total";
/** Option of a run that receives audit events from both the webhook and the log file. */
const BOTH = "both";

/** Listens on a port until a client connects, and closes the connection. */
async function hangUp(port: number): Promise<void> {
  const server = createServer();
  const came = new Promise((resolve) =>
    server.on("connection", (socket) => {
      socket.destroy();
      resolve(undefined);
    }),
  );
  server.listen(port, "127.0.0.1");
  await came;
  await new Promise((resolve) => server.close(resolve));
}

const privileged = (namespace: string) => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "trial", namespace, labels: { app: "trial" } } },
  spec: { containers: [{ name: "trial", image: "example.com/trial", securityContext: { privileged: true } }] },
});
const SECRET = "--from-literal=conf=password=hunter2";

describe("audit events of a real API server", needs(...apiServerParts), () => {
  let server: RealApiServer;
  let eyas: Running | undefined;
  let port: number;
  /** The audit log, which is followed in addition to the webhook. */
  let log: string;
  let howTo: HowTo;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "eyas-audit-"));
    log = join(folder, "audit.log");
    port = await freePort();
    howTo = followHowTo(folder, port);
    server = await startApiServer(`--audit-log-path=${log}`, ...howTo.flags);
  }, 400_000);
  afterEach(() => eyas?.end("SIGKILL"));
  afterAll(() => server?.close());

  const kubectl = (...words: readonly string[]): string => server.kubectl(undefined, ...words);

  async function begin(journal: string, ...more: readonly string[]): Promise<void> {
    eyas = await startRun(
      journal,
      port,
      `sources.k8s_audit.from=[${howTo.url}${more.includes(BOTH) ? `, ${log}` : ""}]`,
      ...howTo.settings,
      ...more.filter((each) => each !== BOTH),
    );
  }

  test("raise alerts despite padding", { timeout: 400_000 }, async () => {
    const journal = join(mkdtempSync(join(tmpdir(), "eyas-audit-")), "journal.db");
    await begin(journal);
    const padded = (name: string, padding: object, env: readonly object[] = []) => ({
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default", annotations: padding } },
      spec: { containers: [{ name, image: "example.com/trial", securityContext: { privileged: true }, env }] },
    });
    server.kubectl(padded("annotated", { padding: "x".repeat(200_000) }), "create", "-f", "-");
    // Each < takes six bytes in an audit event, in both request and response.
    const values = Array.from({ length: 10 }, (_, i) => ({ name: `P${i}`, value: "<".repeat(100_000) }));
    server.kubectl(padded("escaped", {}, values), "create", "--raw", "/api/v1/namespaces/default/pods", "-f", "-");
    const text = () => alertsIn(journal).map(({ rule, message }) => `${rule}: ${message}`);
    await expect
      .poll(text, { timeout: 60_000 })
      .toEqual(
        expect.arrayContaining([
          expect.stringContaining("Privileged pod created: Privileged pod annotated created by admin"),
          expect.stringContaining("Audit event truncated: Audit event of create of pods escaped by admin"),
        ]),
      );
    const objects = paddedObjects(isComplete);
    kubectl("create", "namespace", PADDED_NAMESPACE);
    await createAll(
      server,
      objects.map(({ request }) => request),
    );
    /**
     * Returns the objects for which neither their own rule nor the rule for truncated events raised an alert with the
     * user and the object.
     */
    const silent = () => {
      const alerts = alertsIn(journal);
      const raised = (rule: string, name: string) =>
        alerts.some((alert) => alert.rule === rule && states(alert, "admin", name));
      whole = objects.filter(({ name, rule }) => raised(rule, name)).length;
      return objects
        .filter(({ name, rule }) => !raised(rule, name) && !raised(TRUNCATED, name))
        .map(({ name }) => name);
    };
    let whole = 0;
    await expect.poll(silent, { timeout: 200_000 }).toEqual([]);
    const all = objects.length;
    console.log(
      `${all} of ${all} padded objects raised an alert with user and object: ${whole} by their own rule, ${all - whole} by "${TRUNCATED}"`,
    );
  });

  test("raise an alert for a binding to a role that existed before the start", { timeout: 200_000 }, async () => {
    const earlier = join(mkdtempSync(join(tmpdir(), "eyas-audit-")), "journal.db");
    await begin(earlier);
    kubectl("create", "clusterrole", "old", "--verb=*", "--resource=*.*");
    const granted = "Wildcard permission granted in RBAC role";
    await expect.poll(() => [...rulesIn(earlier)], { timeout: 60_000 }).toContain(granted);
    await eyas?.end("SIGKILL"); // the memory of the agent is lost
    const [, , role] = readFileSync(deployed("audit-intake.yaml"), "utf8").split("\n---\n");
    server.kubectl(role, "apply", "-f", "-");
    kubectl("create", "clusterrolebinding", "intake", "--clusterrole=eyas-audit", "--serviceaccount=eyas:eyas");
    const journal = join(mkdtempSync(join(tmpdir(), "eyas-audit-")), "journal.db");
    await begin(journal, `kubernetes.kubeconfig=${server.eyas}`);
    kubectl("create", "clusterrolebinding", "late", "--clusterrole=old", "--user=mallory");
    await expect.poll(() => [...rulesIn(journal)], { timeout: 60_000 }).toContain("Role with all permissions bound");
    expect(eyas?.said()).not.toContain("Cannot watch");
  });

  test("raise each alert once, although webhook and log file both deliver them", { timeout: 200_000 }, async () => {
    const journal = join(mkdtempSync(join(tmpdir(), "eyas-audit-")), "journal.db");
    await begin(journal, BOTH);
    const stored = () =>
      alertsIn(journal)
        .filter(({ rule }) => rule === "Credential stored in ConfigMap")
        .map(({ message }) => /default\/(both-\d+)/.exec(message)?.[1])
        .sort();
    for (const name of ["both-1", "both-2", "both-3"]) kubectl("create", "configmap", name, SECRET);
    await expect.poll(stored, { timeout: 60_000 }).toEqual(["both-1", "both-2", "both-3"]);
    // Each origin keeps the order: once a later event has arrived from each, all earlier events have arrived twice.
    const arrived = () => Promise.all([`from="https`, `from="${log}`].map((from) => eyas?.figure(FEED, from) ?? 0));
    const before = await arrived();
    kubectl("create", "configmap", "later");
    await expect
      .poll(async () => (await arrived()).every((count, i) => count > (before[i] ?? 0)), { timeout: 60_000 })
      .toBe(true);
    expect(stored()).toEqual(["both-1", "both-2", "both-3"]);
  });

  test("name the pod from which a request comes", { timeout: 200_000 }, async () => {
    const journal = join(mkdtempSync(join(tmpdir(), "eyas-audit-")), "journal.db");
    await begin(journal);
    kubectl("create", "serviceaccount", "robot");
    const spec = { serviceAccountName: "robot", containers: [{ name: "c", image: "example.com/trial" }] };
    server.kubectl({ apiVersion: "v1", kind: "Pod", metadata: { name: "caller" }, spec }, "create", "-f", "-");
    const uid = kubectl("get", "pod", "caller", "-o", "jsonpath={.metadata.uid}");
    const bound = ["--bound-object-kind=Pod", "--bound-object-name=caller", `--bound-object-uid=${uid}`];
    const token = kubectl("create", "token", "robot", ...bound).trim();
    kubectl("create", "clusterrolebinding", "robot", "--clusterrole=cluster-admin", "--serviceaccount=default:robot");
    const own = ["--kubeconfig=/dev/null", `--server=${server.url.origin}`, `--token=${token}`];
    const trusted = `--certificate-authority=${join(server.folder, "ca.crt")}`;
    kubectl(...own, trusted, "create", "configmap", "from-pod", SECRET, "-n", "default");
    const fieldsOf = (rule: string): unknown => {
      const reader = openReader(journal);
      const found = (reader?.read(0, 100_000) ?? []).find((alert) => alert.rule === rule);
      reader?.close();
      const names = ["ka.user.name", "ka.user.pod.name", "ka.user.pod.namespace", "ka.user.pod.uid"];
      return found && names.map((name) => plainValue(found.values[found.names.indexOf(name)]));
    };
    await expect
      .poll(() => fieldsOf("Credential stored in ConfigMap"), { timeout: 60_000 })
      .toEqual(["system:serviceaccount:default:robot", "caller", "default", uid]);
  });

  test("arrive as documented, and are resent if they were not accepted", { timeout: 200_000 }, async () => {
    expect(webhookFlags).toContain("--audit-webhook-truncate-enabled");
    const journal = join(mkdtempSync(join(tmpdir(), "eyas-audit-")), "journal.db");
    await begin(journal);
    server.kubectl(privileged("default"), "create", "-f", "-");
    kubectl("create", "clusterrolebinding", "trial", "--clusterrole=cluster-admin", "--user=mallory");
    await expect
      .poll(() => [...rulesIn(journal)], { timeout: 60_000 })
      .toEqual(expect.arrayContaining(["Privileged pod created", "Cluster-admin role bound"]));

    await eyas?.end("SIGKILL");
    kubectl("create", "configmap", "trial", SECRET);
    await hangUp(port);
    await begin(journal);
    await expect.poll(() => [...rulesIn(journal)], { timeout: 60_000 }).toContain("Credential stored in ConfigMap");
  });

  /** One test is skipped if the program is missing. */
  const actions = ACTIONS.slice(0, eventGenerator.missing() === undefined ? undefined : 1);

  test.for(actions)(
    "of event-generator raise alerts: %s",
    {
      timeout: 200_000,
      ...needs("event-generator"),
    },
    async ([action, , rule]) => {
      const journal = join(mkdtempSync(join(tmpdir(), "eyas-audit-")), "journal.db");
      await begin(journal);
      await runAction(action, server);
      await expect.poll(() => [...rulesIn(journal)], { timeout: 60_000 }).toContain(rule);
    },
  );

  test("trigger responses in the cluster with the permissions of response-rbac.yaml", {
    timeout: 200_000,
  }, async () => {
    server.kubectl(undefined, "apply", "-f", deployed("response-rbac.yaml"));
    kubectl("create", "namespace", "shop");
    const folder = mkdtempSync(join(tmpdir(), "eyas-audit-"));
    writeFileSync(join(folder, "responses.yaml"), responses);
    await begin(
      join(folder, "journal.db"),
      `responses.rules_files=${join(folder, "responses.yaml")}`,
      `responses.parameters={kubernetes: {kubeconfig: ${server.eyas}}}`,
    );
    kubectl("create", "configmap", "aws", SECRET, "-n", "shop");
    server.kubectl(privileged("shop"), "create", "-f", "-");
    const there = () =>
      kubectl("get", "pods,networkpolicies,configmaps", "-n", "shop", "-o", "name").trim().split("\n");
    await expect.poll(there, { timeout: 60_000 }).toEqual(["networkpolicy.networking.k8s.io/eyas-pod-trial"]);
    const selector = "jsonpath={.spec.podSelector.matchLabels}";
    expect(kubectl("get", "networkpolicy", "eyas-pod-trial", "-n", "shop", "-o", selector)).toBe('{"app":"trial"}');
  });

  // In other runs, test/hostile-scenarios.test.ts evaluates the recorded events of the scenarios.
  if (isComplete)
    test("of hostile scenarios raise alerts, and those of benign ones do not", { timeout: 400_000 }, async () => {
      await runScenarios(server, [...hostile, ...benign]);
      const { missed, noisy } = await evaluateScenarios([log]);
      expect(missed).toEqual([]);
      expect(noisy).toEqual([]);
    });
});

const responses = `
- response: Take the credential away
  match: rule = "Credential stored in ConfigMap"
  actions:
    - action: kubernetes:delete
- response: Cut off, and end, what is privileged
  match: rule = "Privileged pod created"
  actions:
    - action: kubernetes:networkpolicy
      continue: true
    - action: kubernetes:terminate
`;
