import type { Command } from "commander";

export interface PostureOptions {
  readonly config?: string;
  readonly option?: readonly string[];
  readonly journal?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly severity?: string;
  readonly category?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly limit?: string;
  readonly json?: true;
}

export function add(program: Command): void {
  program
    .command("posture")
    .description(
      "list weaknesses of the Kubernetes cluster (workloads, access and exposure) and the users who created them",
    )
    .argument("[text...]", "words in the object, the container or the detail; default: all findings")
    .option("--severity <least>", "only findings of at least this severity: critical, high, medium, low")
    .option("--category <name>", "only workload, access or exposure")
    .option("--kind <name>", "only this kind, as printed by --json")
    .option("--namespace <name>", "only this namespace")
    .option("-n, --limit <n>", "maximum number of findings, most severe first; 0: all", "100")
    .option("--json", "print one JSON object per line")
    .option("--kubeconfig <file>", "kubeconfig file to use instead of the configured one")
    .option("--context <name>", "context in the kubeconfig file to use instead of the current one")
    .option("--journal <file>", "journal with alerts for audit events, instead of the configured one")
    .option("-c, --config <file>", "configuration file")
    .option("-o, --option <key=value>", "override a configuration key (repeatable)", collect)
    .addHelpText(
      "after",
      `
Reads objects from the API server once, with the permissions of the cluster role eyas-posture
(deploy/kubernetes/rbac.yaml). Missing permissions are reported, and the other findings are shown. Exits with 1 if no
pods could be read. The web UI shows the same findings (docs/posture.md).

Examples:
  eyas posture --kubeconfig ~/.kube/config
  eyas posture --severity high --category access
  eyas posture --namespace shop --json | jq -r '.object.name'
`,
    )
    .action(async (text: readonly string[], options: PostureOptions) =>
      (await import("./posture-list.ts")).listPosture(text, options),
    );
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
