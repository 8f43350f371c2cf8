// A real API server has EyasRules resources, whose rules an `eyas run` loads.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { type Running, startRun } from "../bench/audit/run.ts";
import { openReader } from "../src/journal/read.ts";
import { makeCertificates } from "../src/output/transport/certificates.fixture.ts";
import { deployed } from "./k8s-audit/how-to.ts";
import { freePort } from "./parts/child.ts";
import { apiServerParts, type RealApiServer, startApiServer } from "./parts/kubernetes/api-server.ts";
import { needs } from "./parts/needs.ts";

const soon = { timeout: 60_000 };

const rule = (name: string, condition: string, more = ""): string =>
  `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: x\n  priority: NOTICE\n  source: k8s_audit\n${more}`;

const resource = (name: string, rules: string, order = 0) => ({
  ...{ apiVersion: "rules.eyas/v1alpha1", kind: "EyasRules", metadata: { name } },
  spec: { order, rules },
});

interface Status {
  readonly observedGeneration: number;
  readonly conditions: readonly { readonly status: string; readonly reason: string; readonly message: string }[];
  readonly nodes: { readonly loaded: number; readonly failed: number; readonly total: number };
}

describe("EyasRules of a real API server", needs(...apiServerParts), () => {
  let server: RealApiServer;
  let eyas: Running | undefined;
  let admission: Running | undefined;
  let journal: string;
  beforeAll(async () => {
    server = await startApiServer();
    server.kubectl(undefined, "apply", "-f", deployed("rule-resources.yaml"));
    server.kubectl(undefined, "wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
    server.kubectl(undefined, "apply", "-f", deployed("rbac.yaml"));
    server.kubectl(undefined, "apply", "-f", deployed("rule-resources-rbac.yaml"));
    server.kubectl(undefined, "apply", "-f", deployed("admission.yaml"));
    server.kubectl(undefined, "delete", "validatingwebhookconfiguration", "eyas-admission");
  }, 400_000);
  afterEach(async () => {
    await Promise.all([eyas?.end("SIGKILL"), admission?.end("SIGKILL")]);
    eyas = undefined;
    admission = undefined;
    server.kubectl(undefined, "delete", "validatingwebhookconfiguration", "--all");
    server.kubectl(undefined, "delete", "--raw", "/apis/rules.eyas/v1alpha1/eyasrules");
    server.kubectl(undefined, "delete", "--raw", "/apis/rules.eyas/v1alpha1/namespaces/eyas/eyasrulesreports");
  });
  afterAll(() => server?.close());

  async function begin(folder: string, ...more: readonly string[]): Promise<void> {
    journal = join(folder, "journal.db");
    eyas = await startRun(
      journal,
      await freePort(),
      "kubernetes.rules_resources=true",
      `kubernetes.kubeconfig=${server.eyas}`,
      "kubernetes.namespace=eyas",
      "kubernetes.node=n1",
      "rules_files=[]",
      ...more,
    );
  }

  const newFolder = (): string => mkdtempSync(join(tmpdir(), "eyas-rule-resources-"));
  const create = (object: object): string => server.kubectl(object, "create", "-f", "-");
  const replace = (object: object): string => server.kubectl(object, "replace", "-f", "-");

  /** Posts an audit event. @returns the rules of all alerts so far */
  async function rulesAfter(name: string): Promise<string[]> {
    const event = {
      ...{ kind: "Event", apiVersion: "audit.k8s.io/v1", level: "Metadata", auditID: crypto.randomUUID() },
      ...{ stage: "ResponseComplete", requestURI: "/", verb: "create", user: { username: name } },
      ...{ objectRef: { resource: "configmaps", namespace: "shop", name }, responseStatus: { code: 201 } },
      ...{ requestReceivedTimestamp: new Date().toISOString(), stageTimestamp: new Date().toISOString() },
    };
    const body = JSON.stringify({ kind: "EventList", apiVersion: "audit.k8s.io/v1", items: [event] });
    await fetch(eyas?.url ?? "", { method: "POST", headers: { "content-type": "application/json" }, body });
    const reader = openReader(journal);
    const alerts = reader?.read(0, 100_000) ?? [];
    reader?.close();
    return [...new Set(alerts.map((each) => each.rule))].sort();
  }

  /** Writes the kubeconfig of a service account. @returns its path */
  function accountOf(name: string): string {
    const [token, folder] = [server.kubectl(undefined, "create", "token", name, "-n", "eyas").trim(), newFolder()];
    const config = readFileSync(server.eyas, "utf8").replace(readFileSync(join(server.folder, "token"), "utf8"), token);
    writeFileSync(join(folder, "kubeconfig"), config);
    return join(folder, "kubeconfig");
  }

  /** Starts the admission webhook with the permissions of admission.yaml, and registers it. */
  async function beginAdmission(): Promise<Running> {
    const certificates = makeCertificates();
    const admission = await startRun(
      join(newFolder(), "journal.db"),
      await freePort(),
      "kubernetes.rules_resources=true",
      `kubernetes.kubeconfig=${accountOf("eyas-admission")}`,
      "kubernetes.namespace=eyas",
      "rules_files=[]",
      ...["admission.enabled=true", "admission.listen_port=0"],
      `admission.certificate=${certificates.at("server.crt")}`,
      `admission.key=${certificates.at("server.key")}`,
    );
    const [, url = ""] = /Validating EyasRules for API servers on (\S+)\.\n/.exec(admission.said()) ?? [];
    const caBundle = certificates.read("ca.crt").toString("base64");
    const objects = parseAllDocuments(readFileSync(deployed("admission.yaml"), "utf8")).map((each) => each.toJS());
    const webhook = objects.find(({ kind }) => kind === "ValidatingWebhookConfiguration");
    webhook.webhooks[0].clientConfig = { url, caBundle };
    webhook.webhooks[0].failurePolicy = "Fail";
    server.kubectl(webhook, "apply", "-f", "-");
    return admission;
  }

  const statusOf = (name: string): Status | undefined =>
    JSON.parse(server.kubectl(undefined, "get", "eyasrules", name, "-o", "json")).status;

  function attemptToReplace(object: object): string {
    try {
      return replace(object);
    } catch (error) {
      return String(error);
    }
  }

  const report = (): { failed?: { name: string; message: string }[] } =>
    JSON.parse(server.kubectl(undefined, "get", "eyasrulesreport", "n1", "-n", "eyas", "-o", "json"));

  test("their rules raise alerts, a broken version keeps the previous one active, and a deletion removes the rules", {
    timeout: 200_000,
  }, async () => {
    await begin(newFolder());
    create(resource("first", rule("First", 'ka.user.name = "a"')));
    await expect.poll(() => rulesAfter("a"), soon).toEqual(["First"]);
    replace(resource("first", rule("Second", "ka.user.nam = a")));
    const broken = "Eyas internal: rules not reloaded";
    await expect.poll(() => rulesAfter("x"), soon).toEqual([broken, "First"]);
    expect(eyas?.said()).toMatch(/EyasRules first is rejected.*eyasrules\/first:3:14: Unknown field "ka.user.nam"/);
    await expect.poll(report, soon).toMatchObject({
      failed: [{ name: "first", message: expect.stringMatching(/^eyasrules\/first:3:14: Unknown field/) }],
    });
    create(resource("other", rule("Other", 'ka.user.name = "b"')));
    await expect.poll(() => rulesAfter("b"), soon).toEqual([broken, "First", "Other"]);
    server.kubectl(undefined, "delete", "eyasrules", "first");
    await expect.poll(() => eyas?.said(), soon).toMatch(/Reloaded: 1 rule active/);
    await expect.poll(report, soon).toMatchObject({ failed: [] });
  });

  test("stay active after a restart while the API server is down", { timeout: 400_000 }, async () => {
    const folder = newFolder();
    create(resource("first", rule("First", 'ka.user.name = "a"')));
    await begin(folder);
    await expect.poll(() => rulesAfter("a"), soon).toEqual(["First"]);
    await eyas?.end("SIGTERM");
    await server.stop();
    await begin(folder);
    const before = (await rulesAfter("a")).length;
    expect(before).toBe(1);
    expect(eyas?.said()).toMatch(/Watching .* with 1 rule\./);
    await server.restart();
    create(resource("late", rule("Late", 'ka.user.name = "c"')));
    await expect.poll(() => rulesAfter("c"), { timeout: 150_000 }).toEqual(["First", "Late"]);
  });

  test("are rejected with the position of an error, and have a status", { timeout: 200_000 }, async () => {
    admission = await beginAdmission();
    await begin(newFolder());
    const wrong = resource("first", rule("First", "ka.user.nam = a"));
    const attempt = () => {
      try {
        return create(wrong);
      } catch (error) {
        return String(error);
      }
    };
    await expect
      .poll(attempt, soon)
      .toMatch(/admission webhook "eyasrules.rules.eyas" denied the request: eyasrules\/first:3:14: Unknown field/);
    expect(create(resource("first", rule("First", 'ka.user.name = "a"')))).toMatch(/created/);
    await expect.poll(() => rulesAfter("a"), soon).toEqual(["First"]);
    await expect
      .poll(() => statusOf("first"), soon)
      .toMatchObject({
        observedGeneration: 1,
        conditions: [{ status: "True", reason: "Valid" }],
        nodes: { loaded: 1, failed: 0, total: 1 },
      });
    // The change of a macro that another resource uses.
    create(resource("base", "- macro: base\n  condition: ka.user.name exists\n", -5));
    await expect.poll(() => statusOf("base")?.nodes, soon).toEqual({ loaded: 1, failed: 0, total: 1 });
    replace(resource("first", rule("First", 'base and ka.user.name = "a"')));
    await expect.poll(() => statusOf("first"), soon).toMatchObject({ observedGeneration: 2, nodes: { loaded: 1 } });
    expect(() => replace(resource("base", "- list: base\n  items: []\n", -5))).toThrow(/eyasrules\/first:3:14: /);
    // Without the webhook, nodes reject the resource.
    server.kubectl(undefined, "delete", "validatingwebhookconfiguration", "--all");
    await expect.poll(() => attemptToReplace(wrong), soon).toMatch(/replaced/);
    await expect
      .poll(() => statusOf("first"), soon)
      .toMatchObject({
        observedGeneration: 3,
        conditions: [
          { status: "False", reason: "Invalid", message: expect.stringMatching(/^eyasrules\/first:3:14: /) },
        ],
        nodes: { loaded: 0, failed: 1, total: 1 },
      });
    expect(admission.said() + eyas?.said()).not.toMatch(/Cannot (?:watch EyasRules|report|write)/);
  });

  test("are loaded even if there are a thousand, including one of 1 MB and one that is broken", {
    timeout: 400_000,
  }, async () => {
    const many = Array.from({ length: 998 }, (_, i) => resource(`r${i}`, rule(`R${i}`, `ka.user.name = "u${i}"`)));
    const names = Array.from({ length: 60_000 }, (_, i) => `name-${1e9 + i}`).join(", ");
    const large = resource("large", `- list: names\n  items: [${names}]\n${rule("Large", "ka.user.name in (names)")}`);
    expect(large.spec.rules.length).toBeGreaterThan(1_000_000);
    const broken = resource("broken", rule("Broken", "ka.user.nam = a"));
    const items = [...many, large, broken];
    create({ apiVersion: "v1", kind: "List", items });
    await begin(newFolder());
    const patient = { timeout: 200_000 };
    await expect.poll(() => eyas?.said(), patient).toMatch(/Reloaded: 999 rules active/);
    await rulesAfter("u997");
    await expect
      .poll(() => rulesAfter("name-1000059999"), soon)
      .toEqual(["Eyas internal: rules not reloaded", "Large", "R997"]);
    expect(eyas?.said()).toMatch(/EyasRules broken is rejected; [^:]*: eyasrules\/broken:3:14: /);
  });

  test("cannot be written with permissions in one namespace", () => {
    const review = {
      ...{
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: { name: "eve", namespace: "eyas" },
      },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "eve" }],
    };
    create(review);
    const asEve = (object: object): string => server.kubectl(object, "create", "--as=eve", "-f", "-");
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "eve", namespace: "eyas" } };
    expect(asEve(map)).toBe("configmap/eve created\n");
    expect(() => asEve(resource("eve", "- list: a\n  items: []"))).toThrow(/Forbidden.*eyasrules/);
  });
});
