// Kubernetes actions against an API server, where each action has only its own role, and against the stand-in of the
// actions' unit tests, to verify the stand-in. Only the stand-in has requests that need a kubelet (exec, logs),
// resources of Calico and Cilium, and error responses.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { home } from "../src/agent/home.ts";
import type { FieldValue } from "../src/alert/record.ts";
import { makeCertificates } from "../src/output/transport/certificates.fixture.ts";
import type { ActionRequest, ActionResult } from "../src/response/action.ts";
import { actions } from "../src/response/list.ts";
import { apiServerParts, startApiServer } from "./parts/kubernetes/api-server.ts";
import { needs } from "./parts/needs.ts";
import { alertWith, requestFor } from "./response/alert.ts";
import { startApiServer as startStandInServer } from "./stand-in/kubernetes/api-server.ts";

interface Server {
  /** Path of the kubeconfig file of an administrator. */
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

describe.each(servers)("against $name", ({ name: serverName, parts, start }) => {
  describe("actions on Kubernetes", parts, () => {
    let server: Server;
    const folder = mkdtempSync(join(tmpdir(), "eyas-response-"));

    /** Runs kubectl concurrently with this process, which may be the server. */
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

    async function run(
      name: string,
      fields: Record<string, FieldValue>,
      given: object = {},
      more: Partial<ActionRequest> = {},
    ): Promise<ActionResult> {
      const action = await actions[name]!();
      const alert = alertWith(fields, { time: BigInt(Date.now()) * 1_000_000n });
      return action.run(requestFor(action, alert, { kubeconfig: await kubeconfigOf(name), ...given }, more));
    }

    const accountOf = (action: string): string => action.replace(":", "-");
    /** Actions with a role in response-rbac.yaml. */
    const names = Object.keys(actions).filter((name) => /^(kubernetes:(?!sysdig)|calico:|cilium:)/.test(name));
    const kubeconfigs = new Map<string, string>();

    /** Creates a service account with only its own role for each action, on a real API server. */
    async function makeAccounts(): Promise<void> {
      await make(
        ...names.flatMap((name) => {
          const account = { kind: "ServiceAccount", namespace: "eyas", name: accountOf(name) };
          const metadata = { namespace: "eyas", name: account.name };
          const role = `eyas-response-${account.name}`;
          return [{ apiVersion: "v1", kind: account.kind, metadata }, bindingOf("", `test-${role}`, role, account)];
        }),
      );
      // The role of the last binding.
      const can = ["auth", "can-i", "delete", "networkpolicies.networking.k8s.io", "-n", "shop"];
      const as = `--as=system:serviceaccount:eyas:${accountOf("kubernetes:unisolate")}`;
      await eventually(
        () => admin(...can, as),
        (said) => said.includes("yes"),
      );
    }

    async function kubeconfigOf(action: string): Promise<string> {
      if (!isReal) return server.eyas;
      const name = accountOf(action);
      const file = kubeconfigs.get(name) ?? join(folder, name);
      if (kubeconfigs.has(name)) return file;
      const token = await admin("create", "token", name, "-n", "eyas");
      const config = JSON.parse(readFileSync(server.eyas, "utf8"));
      const users = [{ name: config.users[0].name, user: { token } }];
      writeFileSync(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
      kubeconfigs.set(name, file);
      return file;
    }

    const isReal = serverName === "a real API server";
    const named = (name: string) => ({ "k8s.ns.name": "shop", "k8s.pod.name": name });
    /** Returns the fields of a request that created an object. */
    const created = (resource: string, name: string, more: Record<string, FieldValue> = {}) => ({
      ...{ "ka.target.resource": resource, "ka.target.namespace": "shop", "ka.target.name": name },
      ...{ "ka.response.code": "201", "ka.user.name": "mallory", ...more },
    });
    const admission = { apiVersion: "admissionregistration.k8s.io/v1" };
    const rbac = { apiVersion: "rbac.authorization.k8s.io/v1" };
    const apiGroup = "rbac.authorization.k8s.io";
    const user = (name: string) => ({ apiGroup, kind: "User", name });
    const bindingOf = (namespace: string, name: string, role: string, ...subjects: readonly object[]) => ({
      ...{ ...rbac, kind: namespace === "" ? "ClusterRoleBinding" : "RoleBinding", subjects },
      metadata: { name, ...(namespace !== "" && { namespace }) },
      roleRef: { apiGroup, kind: "ClusterRole", name: role },
    });
    const clusterRole = (name: string, rules: readonly object[]) => ({
      ...{ ...rbac, kind: "ClusterRole", metadata: { name }, rules },
    });

    /** Grants Eyas permissions that response-rbac.yaml leaves to operators. */
    async function grant(name: string, rule: object): Promise<void> {
      const eyas = { apiGroup, kind: "Group", name: "system:serviceaccounts:eyas" };
      await make(clusterRole(name, [rule]), bindingOf("", name, name, eyas));
    }

    /** Repeats until the work succeeds, since new permissions and resources take effect with a delay. */
    async function eventually<T>(work: () => Promise<T>, isDone: (result: T) => boolean): Promise<T> {
      for (let tries = 1; ; tries++) {
        const result = await work().catch((error: unknown) => {
          if (tries === 100) throw error;
          return undefined;
        });
        if (result !== undefined && (isDone(result) || tries === 100)) return result;
        await sleep(100);
      }
    }
    const isOver = ({ outcome }: ActionResult): boolean => outcome !== "failed";

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
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "eyas" } },
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
      if (isReal) await makeAccounts();
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
      expect(
        await get(".spec.ingress[0].from[0].ipBlock.cidr", "networkpolicy", "eyas-statefulset-web", "-n", "shop"),
      ).toBe("10.0.0.0/8");
      expect(await run("kubernetes:reconnect", fields)).toEqual({
        outcome: "done",
        answer: "deleted NetworkPolicy shop/eyas-statefulset-web",
      });
      expect(await run("kubernetes:reconnect", fields)).toMatchObject({ outcome: "skipped" });
    });

    it("isolates the namespace, and undoes it", async () => {
      const fields = named("web-1");
      expect(await run("kubernetes:isolate", fields, { allow_cidr: ["10.0.0.0/8"], dns: "any" })).toEqual({
        outcome: "done",
        answer: "created NetworkPolicy shop/eyas-isolation",
      });
      expect(await run("kubernetes:isolate", fields)).toMatchObject({ answer: expect.stringContaining("updated ") });
      const spec = JSON.parse(await get(".spec", "networkpolicy", "eyas-isolation", "-n", "shop"));
      expect(spec).toMatchObject({ podSelector: {}, policyTypes: ["Egress", "Ingress"] });
      expect(spec.egress).toHaveLength(1);
      expect(await run("kubernetes:unisolate", fields)).toMatchObject({ outcome: "done" });
      expect(await run("kubernetes:unisolate", fields)).toMatchObject({ outcome: "skipped" });
    });

    it("scales the owner to zero and back", async () => {
      expect(await run("kubernetes:scale", await about("web-1"))).toEqual({
        outcome: "done",
        answer: "scaled StatefulSet shop/web from 3 to 0 replicas",
      });
      expect(await get(".spec.replicas", "statefulset", "web", "-n", "shop")).toBe("0");
      expect(await run("kubernetes:rescale", named("web-1"))).toEqual({
        outcome: "done",
        answer: "scaled StatefulSet shop/web from 0 to 3 replicas",
      });
      expect(await get(".spec.replicas", "statefulset", "web", "-n", "shop")).toBe("3");
    });

    it("terminates the pod with the UID of the alert, not another one of that name", async () => {
      await make(pod("lone"));
      const fields = await about("lone");
      expect(await run("kubernetes:terminate", fields)).toMatchObject({ outcome: "done" });
      expect(await run("kubernetes:terminate", fields)).toEqual({
        outcome: "skipped",
        reason: "pod shop/lone no longer exists",
      });
      await make(pod("lone"));
      expect(await run("kubernetes:terminate", fields)).toMatchObject({ outcome: "skipped" });
      expect(await get(".metadata.name", "pod", "lone", "-n", "shop")).toBe("lone");
    });

    it("drains the node", async () => {
      const result = await run("kubernetes:drain", await about("web-1"), { ignore_standalone_pods: true });
      expect(result).toEqual({ outcome: "done", answer: "node node-1: evicted 3 pods, 1 not evicted" });
      expect(await get(".spec.unschedulable", "node", "node-1")).toBe("true");
      expect(await run("kubernetes:uncordon", named("web-1"))).toEqual({
        outcome: "done",
        answer: "uncordoned node node-1",
      });
      expect(await get(".spec.unschedulable", "node", "node-1")).toBe("");
      await admin("cordon", "node-1");
      expect(await run("kubernetes:uncordon", named("web-1"))).toMatchObject({ outcome: "skipped" });
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

    it("deletes new objects that protect others, and older ones only if a rule allows it", async () => {
      const webhook = { name: "x.example.org", clientConfig: { url: "https://127.0.0.1:1" }, sideEffects: "None" };
      const hook = { ...webhook, admissionReviewVersions: ["v1"], failurePolicy: "Ignore" };
      const metadata = { name: "wrong" };
      const inShop = { namespace: "shop", ...metadata };
      await make(
        { ...admission, kind: "ValidatingWebhookConfiguration", metadata, webhooks: [hook] },
        { ...admission, kind: "MutatingWebhookConfiguration", metadata, webhooks: [hook] },
        { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: inShop, spec: { podSelector: {} } },
        { apiVersion: "v1", kind: "ResourceQuota", metadata: inShop, spec: { hard: { pods: "10" } } },
        {
          ...{
            apiVersion: "apiregistration.k8s.io/v1",
            kind: "APIService",
            metadata: { name: "v1.wrong.example.org" },
          },
          spec: {
            ...{ group: "wrong.example.org", version: "v1", groupPriorityMinimum: 1000, versionPriority: 1 },
            ...{ service: { namespace: "shop", name: "wrong" }, insecureSkipTLSVerify: true },
          },
        },
      );
      const all = ["validatingwebhookconfigurations", "mutatingwebhookconfigurations", "networkpolicies"];
      for (const resource of [...all, "resourcequotas"]) {
        const changed = created(resource, "wrong", { "ka.response.code": "200" });
        expect(await run("kubernetes:delete", changed)).toMatchObject({ outcome: "skipped" });
        expect(await run("kubernetes:delete", created(resource, "wrong"))).toMatchObject({ outcome: "done" });
        expect(await run("kubernetes:delete", created(resource, "wrong"))).toMatchObject({ outcome: "skipped" });
      }
      expect(await run("kubernetes:delete", created("apiservices", "v1.wrong.example.org"))).toMatchObject({
        outcome: "done",
      });
      if (isReal)
        expect(await run("kubernetes:delete", created("apiservices", "v1.apps"))).toMatchObject({ outcome: "skipped" });
    });

    it("deletes custom resources and their definition", async () => {
      const schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
      const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }];
      const names = { plural: "certificates", singular: "certificate", kind: "Certificate" };
      await make({
        ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
        metadata: { name: "certificates.cert-manager.io" },
        spec: { group: "cert-manager.io", scope: "Namespaced", names, versions },
      });
      const metadata = { namespace: "shop", name: "wrong" };
      await eventually(
        async () => {
          await make({ apiVersion: "cert-manager.io/v1", kind: "Certificate", metadata });
          return true;
        },
        (isMade) => isMade,
      );
      const uri = "/apis/cert-manager.io/v1/namespaces/shop/certificates";
      const fields = created("certificates", "wrong", { "ka.uri": uri });
      const given = { custom_resources: ["certificates.cert-manager.io"] };
      if (isReal) expect(await run("kubernetes:delete", fields, given)).toMatchObject({ outcome: "failed" });
      await grant("eyas-custom", {
        ...{ apiGroups: ["cert-manager.io"], resources: ["certificates"], verbs: ["get", "delete"] },
      });
      expect(await eventually(() => run("kubernetes:delete", fields, given), isOver)).toMatchObject({
        outcome: "done",
      });
      const definition = created("customresourcedefinitions", "certificates.cert-manager.io");
      expect(await run("kubernetes:delete", definition)).toMatchObject({ outcome: "done" });
    });

    it("removes subjects from bindings, with the permission to bind the role if others remain", async () => {
      const rule = { apiGroups: [""], resources: ["secrets"], verbs: ["get"] };
      await make(
        clusterRole("secret-reader", [rule]),
        bindingOf("", "evil", "secret-reader", user("mallory")),
        bindingOf("shop", "shared", "secret-reader", user("mallory"), user("alice")),
      );
      const subjects = [JSON.stringify(user("mallory"))];
      const evil = created("clusterrolebindings", "evil", { "ka.req.binding.subjects": subjects });
      expect(await run("kubernetes:unbind", evil)).toEqual({
        outcome: "done",
        answer: "deleted ClusterRoleBinding evil",
      });
      const shared = created("rolebindings", "shared", {
        ...{ "ka.req.binding.subjects": subjects, "ka.response.code": "200" },
      });
      const requested = () => run("kubernetes:unbind", shared, { subjects: "requested" });
      if (isReal)
        expect(await requested()).toEqual({
          outcome: "failed",
          reason:
            "RoleBinding shop/shared has other subjects: to change it, the API server requires permission to bind clusterroles secret-reader",
        });
      await grant("eyas-bind", {
        ...{ apiGroups: [apiGroup], resources: ["clusterroles"], resourceNames: ["secret-reader"], verbs: ["bind"] },
      });
      expect(await eventually(requested, isOver)).toMatchObject({ outcome: "done" });
      expect(await get(".subjects[*].name", "rolebinding", "shared", "-n", "shop")).toBe("alice");
      // A patch of a replaced binding is a conflict; a patch with a failed test is invalid.
      const stale = JSON.stringify({ metadata: { uid: "another", resourceVersion: "1" } });
      const patch = ["patch", "rolebinding", "shared", "-n", "shop", "--type=merge", "-p", stale];
      await expect(admin(...patch)).rejects.toThrow("Conflict");
      const test = JSON.stringify([{ op: "test", path: "/metadata/uid", value: "another" }]);
      const tested = ["patch", "rolebinding", "shared", "-n", "shop", "--type=json", "-p", test];
      await expect(admin(...tested)).rejects.toThrow("is invalid");
      const admins = created("clusterrolebindings", "cluster-admin", { "ka.response.code": "200" });
      if (isReal)
        expect(await run("kubernetes:unbind", admins, { subjects: "requester" })).toMatchObject({ outcome: "skipped" });
    });

    it("removes an account from all bindings, but never Eyas", async () => {
      const worker = { kind: "ServiceAccount", namespace: "shop", name: "worker" };
      await make(
        bindingOf("", "worker", "secret-reader", worker),
        bindingOf("shop", "both", "secret-reader", worker, user("alice")),
        bindingOf("shop", "worker", "secret-reader", user("system:serviceaccount:shop:worker")),
      );
      const fields = { "ka.user.name": "system:serviceaccount:shop:worker" };
      expect(await run("kubernetes:revoke", fields)).toEqual({
        outcome: "done",
        answer:
          "removed service account shop/worker from 3 bindings: ClusterRoleBinding worker, RoleBinding shop/both, RoleBinding shop/worker",
      });
      expect(await get(".subjects[*].name", "rolebinding", "both", "-n", "shop")).toBe("alice");
      const eyas = isReal ? accountOf("kubernetes:revoke") : "eyas";
      expect(await run("kubernetes:revoke", { "ka.user.name": `system:serviceaccount:eyas:${eyas}` })).toEqual({
        outcome: "skipped",
        reason: `service account eyas/${eyas} is the account of Eyas`,
      });
    });

    it("denies a certificate signing request", async () => {
      const words = ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mallory"];
      const key = join(folder, "mallory.key");
      const request = execFileSync("openssl", [...words, "-keyout", key], { stdio: "pipe" }).toString("base64");
      await make({
        ...{ apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: { name: "mallory" } },
        spec: { signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"], request },
      });
      const fields = created("certificatesigningrequests", "mallory");
      expect(await run("kubernetes:deny", fields)).toMatchObject({ outcome: "done" });
      expect(await get(".status.conditions[*].reason", "certificatesigningrequests", "mallory")).toBe("DeniedByEyas");
      expect(await run("kubernetes:deny", fields)).toMatchObject({ outcome: "skipped" });
      expect(await run("kubernetes:delete", fields)).toMatchObject({ outcome: "done" });
    });

    it("invalidates the tokens of a service account", async () => {
      const account = (name: string) => ({
        ...{ apiVersion: "v1", kind: "ServiceAccount", imagePullSecrets: [{ name: "pull" }] },
        metadata: { namespace: "shop", name, labels: { app: "web" } },
      });
      await make(account("worker"), account("other"));
      const tokenOf = (name: string) => (isReal ? admin("create", "token", name, "-n", "shop") : Promise.resolve(""));
      const tokens = [await tokenOf("worker"), await tokenOf("other")];
      const uid = await get(".metadata.uid", "serviceaccount", "worker", "-n", "shop");
      const fields = { "ka.user.name": "system:serviceaccount:shop:worker" };
      let recorded = "";
      const record = async (text: string): Promise<void> => {
        recorded = text;
      };
      expect(await run("kubernetes:rotate", fields, {}, { record })).toMatchObject({ outcome: "done" });
      if (isReal) {
        // Simulates the end of the process after the deletion.
        await admin("delete", "serviceaccount", "worker", "-n", "shop");
        expect(await run("kubernetes:rotate", fields, {}, { recorded })).toMatchObject({ outcome: "done" });
      }
      const now = JSON.parse(await admin("get", "serviceaccount", "worker", "-n", "shop", "-o", "json"));
      expect(now.metadata.uid).not.toBe(uid);
      expect(now).toMatchObject({ metadata: { labels: { app: "web" } }, imagePullSecrets: [{ name: "pull" }] });
      if (!isReal) return;
      const uses = tokens.map((token) => admin("get", "--raw", "/version", `--token=${token}`));
      expect((await Promise.allSettled(uses)).map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    });
  });
});
