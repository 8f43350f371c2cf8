import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { home } from "../live/sensor.ts";
import { eventGeneratorPath } from "../parts/event-generator.ts";
import { apiServerParts, type RealApiServer, startApiServer } from "../parts/kubernetes/api-server.ts";
import { missingOf } from "../parts/needs.ts";
import type { Suite } from "./behaviour.ts";

export const AUDIT_RULES: string = join(home, "rules/k8s_audit.yaml");

const INSECURE = "Workload created or modified with insecure pod template";

/**
 * The actions of event-generator on a cluster: the action, the object that it creates, and the default rule that
 * matches.
 */
export const ACTIONS: readonly (readonly [action: string, object: string, rule: string])[] = [
  ["ClusterRoleWithPodExecCreated", "pod-exec-role", "Pod exec permission granted in RBAC role"],
  ["ClusterRoleWithWildcardCreated", "wildcard-resources-role", "Wildcard permission granted in RBAC role"],
  ["ClusterRoleWithWritePrivilegesCreated", "write-privileges-role", "Write permission granted in RBAC role"],
  ["CreateDisallowedPod", "disallowed-pod-deployment", "Workload created"],
  ["CreateHostNetworkPod", "hostnetwork-deployment", INSECURE],
  ["CreateModifyConfigmapWithPrivateCredentials", "private-creds-configmap", "Credential stored in ConfigMap"],
  ["CreateNodePortService", "nodeport-service", "Service exposed through NodePort"],
  ["CreatePrivilegedPod", "privileged-deployment", INSECURE],
  ["CreateSensitiveMountPod", "sensitive-mount-deployment", INSECURE],
  ["K8SConfigMapCreated", "vanilla-configmap", "ConfigMap created"],
  ["K8SDeploymentCreated", "vanilla-deployment", "Workload created"],
  ["K8SServiceCreated", "vanilla-service", "Service created"],
  ["K8SServiceaccountCreated", "vanilla-serviceaccount", "Service account created"],
];

/** Returns the options of a sensor that receives audit events on a port. */
export function auditOptions(port: number): string[] {
  return [
    ...["-o", `sources.k8s_audit.from=http://127.0.0.1:${port}/k8s-audit`],
    ...["-o", "sources.k8s_audit.require_token=never"],
  ];
}

/** Runs an action of event-generator on the cluster of a kubeconfig file. */
export async function runAction(action: string, { admin, folder }: RealApiServer): Promise<void> {
  const words = ["run", "--all", "--sleep", "0s", "--kubeconfig", admin, `^k8saudit.${action}$`];
  await promisify(execFile)(eventGeneratorPath, words, { env: { PATH: process.env.PATH, HOME: folder } });
}

/** Returns a webhook configuration for an address without TLS. */
function webhook(port: number): object {
  return {
    ...{ apiVersion: "v1", kind: "Config", "current-context": "eyas" },
    clusters: [{ name: "eyas", cluster: { server: `http://127.0.0.1:${port}/k8s-audit` } }],
    contexts: [{ name: "eyas", context: { cluster: "eyas" } }],
  };
}

/** The actions of event-generator on an API server, which sends audit events to the sensor on a port. */
export function kubernetesAudit(port: number): Suite {
  return {
    title: "event-generator on Kubernetes",
    about:
      "The actions of event-generator for audit events, performed by event-generator on an API server. Measured times include the batching delay of the server. Captures do not contain these events.",
    isRecorded: false,
    async open(_sensor, folder) {
      const missing = missingOf("event-generator", ...apiServerParts);
      const file = join(folder, "webhook.json");
      writeFileSync(file, JSON.stringify(webhook(port)));
      const server =
        missing === undefined
          ? await startApiServer(
              `--audit-policy-file=${join(home, "deploy/kubernetes/audit-policy.yaml")}`,
              ...[`--audit-webhook-config-file=${file}`, "--audit-webhook-batch-max-wait=1s"],
            )
          : undefined;
      return {
        behaviours: ACTIONS.map(([name, object, rule]) => ({
          name,
          rules: [rule],
          isOwn: ({ fields }) => fields["ka.target.name"] === object,
          async act() {
            if (server === undefined) throw new Error(missing);
            await runAction(name, server);
          },
        })),
        close: () => server?.close(),
      };
    },
  };
}
