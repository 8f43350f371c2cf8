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
    .description("list weaknesses of the Kubernetes cluster: workloads, access and exposure, and who made them")
    .argument("[text...]", "words of the object, the container or the detail; default: all findings")
    .option("--severity <least>", "only findings of this severity and more severe ones: critical, high, medium, low")
    .option("--category <name>", "only workload, access or exposure")
    .option("--kind <name>", "only this kind, as --json prints it")
    .option("--namespace <name>", "only this namespace")
    .option("-n, --limit <n>", "maximum number of findings, the most severe first; 0: all", "100")
    .option("--json", "print one JSON object per line")
    .option("--kubeconfig <file>", "kubeconfig file to use instead of the configured one")
    .option("--context <name>", "context of that file to use instead of the current one")
    .option("--journal <file>", "journal with alerts on audit events to use instead of the configured one")
    .option("-c, --config <file>", "configuration file")
    .option("-o, --option <key=value>", "override a key of the configuration (repeatable)", collect)
    .addHelpText(
      "after",
      `
Reads objects of the API server once, with the permissions of the cluster role eyas-posture (deploy/kubernetes/rbac.yaml).
A permission that is missing is named, and the rest is shown. Exits with 1 if no pods could be read. The page shows the same (docs/posture.md).

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
