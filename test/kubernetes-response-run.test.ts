import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Running, startRun } from "../bench/audit/run.ts";
import { makeCertificates } from "../src/output/transport/certificates.fixture.ts";
import { type ApiServer, startApiServer } from "./stand-in/kubernetes/api-server.ts";
import { putShop } from "./stand-in/kubernetes/objects.ts";

let eyas: Running | undefined;
let server: ApiServer | undefined;
afterEach(async () => {
  await eyas?.end("SIGKILL");
  await server?.stop();
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

const rules = `
- response: Take the credential away
  match: rule = "Credential stored in ConfigMap"
  actions:
    - action: kubernetes:delete
- response: Quarantine whom somebody execs into
  match: ka.target.subresource = exec
  actions:
    - action: kubernetes:networkpolicy
      continue: true
    - action: kubernetes:terminate
      min_healthy_replicas: 2
`;

/** Returns an audit event of an API server. */
function audited(resource: string, name: string, more: object = {}) {
  const now = new Date().toISOString();
  const reference = { resource, namespace: "shop", name, apiVersion: "v1" };
  return {
    ...{ kind: "Event", apiVersion: "audit.k8s.io/v1", level: "Request", stage: "ResponseComplete", verb: "create" },
    auditID: crypto.randomUUID(),
    requestURI: `/api/v1/namespaces/shop/${resource}/${name}`,
    user: { username: "mallory", groups: ["system:authenticated"] },
    sourceIPs: ["203.0.113.9"],
    userAgent: "kubectl/v1.36",
    objectRef: reference,
    responseStatus: { code: 201 },
    requestReceivedTimestamp: now,
    stageTimestamp: now,
    annotations: { "authorization.k8s.io/decision": "allow" },
    ...more,
  };
}

test("eyas run responds to an audit event: its object is deleted, isolated or terminated once (stand-in for the API server)", async () => {
  server = await startApiServer(makeCertificates());
  putShop(server);
  server.put("configmaps", { metadata: { namespace: "shop", name: "aws" } });
  const folder = mkdtempSync(join(tmpdir(), "eyas-response-"));
  writeFileSync(join(folder, "responses.yaml"), rules);
  eyas = await startRun(
    join(folder, "journal.db"),
    await freePort(),
    `responses.rules_files=${join(folder, "responses.yaml")}`,
    `responses.parameters={kubernetes: {kubeconfig: ${server.kubeconfig}}, calico: {}}`,
  );
  const post = async (...items: readonly object[]): Promise<void> => {
    const body = JSON.stringify({ kind: "EventList", apiVersion: "audit.k8s.io/v1", metadata: {}, items });
    const { status } = await fetch(eyas?.url ?? "", {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect(status).toBe(200);
  };
  const data = {
    aws_secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    aws_access_key_id: "AKIAIOSFODNN7EXAMPLE",
  };
  const requestObject = { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "aws", namespace: "shop" }, data };
  await post(audited("configmaps", "aws", { requestObject }));
  await expect.poll(() => server?.get("configmaps", "shop", "aws"), { timeout: 60_000 }).toBeUndefined();

  const exec = audited("pods", "web-1", {
    requestURI: "/api/v1/namespaces/shop/pods/web-1/exec?command=sh&container=app&stdin=true&tty=true",
    objectRef: { resource: "pods", namespace: "shop", name: "web-1", apiVersion: "v1", subresource: "exec" },
    responseStatus: { code: 101 },
    stage: "ResponseStarted",
    verb: "get",
  });
  await post(exec);
  await expect.poll(() => server?.get("pods", "shop", "web-1"), { timeout: 60_000 }).toBeUndefined();
  expect(server.get("networkpolicies", "shop", "eyas-deployment-web")).toBeDefined();

  // Within the cooldown, no action runs for the same target.
  server.put("configmaps", { metadata: { namespace: "shop", name: "aws" } });
  await post(audited("configmaps", "aws", { requestObject }));
  await expect
    .poll(() => eyas?.figure("eyas_responses_total", 'outcome="skipped"'), { timeout: 60_000 })
    .toBeGreaterThan(0);
  expect(server.get("configmaps", "shop", "aws")).toBeDefined();
  expect(server.asked.filter((asked) => asked.startsWith("DELETE"))).toHaveLength(2);
});
