import { outputsSection } from "../../output/sections.ts";
import type { Mapping } from "../../setting/tree.ts";
import type { Environment } from "../environment.ts";

/**
 * First parts of Falcosidekick's keys and variables that are not keys of `outputs`. A separate list, so that the tables
 * of absent keys are loaded only if needed.
 */
const others =
  "azure cloudevents datadog datadoglogs debug discord dogstastd dogstatsd dynatrace fission gcp gotify grafanaoncall influxdb kafkarest kubeless listenaddress listenport logstash n8n nodered openfaas openobserve opsgenie policyreport quickwit spyderbat spyperbat stan statsd sumologic talon tekton telegram timescaledb tlsserver wavefront webex webui yandex zincsearch";

/**
 * Parts after `AWS_` in the names of variables that enable an output. Other `AWS_` variables are ignored, because other
 * programs also use them, and credentials alone do not enable an output.
 */
const awsServices: ReadonlySet<string> = new Set("cloudwatchlogs kinesis lambda s3 securitylake sns sqs".split(" "));

/** First parts of all keys and variables of Falcosidekick, including the keys of `outputs`. */
export const heads: ReadonlySet<string> = new Set([...Object.keys(outputsSection.keys), ...others.split(" ")]);

/** Whether a configuration or the environment may have a key or variable of Falcosidekick. */
export function mentionsOutputs(tree: Mapping, environment: Environment): boolean {
  if (tree.entries.has("outputs")) return true;
  for (const name of tree.entries.keys()) if (heads.has(name.toLowerCase())) return true;
  for (const name in environment) {
    const [head = "", part = ""] = name.toLowerCase().split("_", 2);
    if (head === "aws" ? awsServices.has(part) : heads.has(head)) return true;
  }
  return false;
}
