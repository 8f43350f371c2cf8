import type { Command } from "commander";
import { outputStates } from "../output/state.ts";

export interface OutputsOptions {
  readonly config?: string;
  readonly option?: readonly string[];
  readonly journal?: string;
  readonly json?: true;
  readonly limit?: string;
  readonly to?: string;
  readonly force?: true;
}

const statesText = Object.entries(outputStates)
  .map(([state, { help }]) => `  ${state.padEnd(12)} ${help.replaceAll("`", "")}`)
  .join("\n");

export function add(program: Command): void {
  program
    .command("outputs")
    .description("show the delivery of alerts to outputs, test an output, manage dead letters, print index templates")
    .argument("[action]", "list, test, dead, retry, skip or template", "list")
    .argument("[name]", "output name, required for test, retry and skip")
    .option("-n, --limit <n>", "with dead: maximum number of dead letters; 0: all", "50")
    .option("--to <directory>", "with template: write files to a directory instead of standard output")
    .option("--force", "with --to: replace existing files")
    .option("--json", "print one JSON object per line")
    .option("--journal <file>", "journal to use instead of the configured one")
    .option("-c, --config <file>", "configuration file")
    .option(
      "-o, --option <key=value>",
      "override a configuration key (repeatable)",
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .addHelpText(
      "after",
      `
Actions:
  list         show the state, backlog, lag, counters and last error of each output
  test         send a test alert (rule "Eyas test alert") directly to an output, bypassing the journal
  dead         list dead letters: alerts that an output rejected permanently. A dead letter is kept as long as its alert
  retry        send the dead letters of an output again; delivered dead letters are removed
  skip         drop the backlog of an output, so that it continues with new alerts; eyas run must be stopped
  template     print the index templates, component templates and lifecycle policies that elasticsearch and opensearch
               create, in the order of creation and with API paths, so that you can create them yourself and set
               createindextemplate: false. Default: all enabled outputs. Queries each server for its version

States:
${statesText}

Examples:
  eyas outputs -c /etc/falco/falco.yaml
  eyas outputs test slack -c /etc/falco/falco.yaml
  eyas outputs dead                             list rejected alerts with reasons
  eyas outputs retry elasticsearch              send dead letters again after the cause is fixed
  eyas outputs template opensearch --to templates -o outputs.opensearch.hostport=https://opensearch.example.org:9200
  curl -X PUT -H 'Content-Type: application/json' --data @templates/opensearch-index-template.json \\
    https://opensearch.example.org:9200/_index_template/logs-falco.alerts-default
  eyas outputs --json | jq 'select(.waiting > 1000) | .name'
`,
    )
    .action(async (action: string, name: string | undefined, options: OutputsOptions) =>
      (await import("./output-actions.ts")).actOnOutputs(action, name, options),
    );
}
