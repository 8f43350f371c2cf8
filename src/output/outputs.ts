import { fileOutput } from "./file.ts";
import type { HttpOutputKeys } from "./http-output.ts";
import { asJson, asText, type Line, type Output } from "./output.ts";
import type { Receivers } from "./receivers.ts";
import { type Selection, selected } from "./selection.ts";
import { stdoutOutput } from "./stdout.ts";
import { syslogOutput } from "./syslog.ts";

/** The keys of the configuration that say where alerts go. */
export interface OutputSettings {
  readonly json_output: boolean;
  readonly stdout_output: Switch;
  readonly syslog_output: Switch;
  readonly file_output: Switch & { readonly keep_alive: boolean; readonly filename: string };
  readonly http_output: Switch & HttpOutputKeys;
  readonly program_output: Switch & { readonly keep_alive: boolean; readonly program: string };
  readonly outputs: Receivers;
}

interface Switch extends Selection {
  readonly enabled: boolean;
}

/**
 * Opens what is switched on. What speaks to the network takes longer to load than most recordings to judge, so it is
 * loaded where it is wanted.
 * @param shown how standard output shows an alert in text
 */
export async function openOutputs(settings: OutputSettings, shown: Line = asText): Promise<Output[]> {
  const line = settings.json_output ? asJson : asText;
  const { stdout_output: stdout, syslog_output: syslog, file_output: file } = settings;
  const { http_output: http, program_output: program } = settings;
  const opened: Output[] = [];
  if (stdout.enabled) opened.push(selected(stdoutOutput(settings.json_output ? asJson : shown), stdout));
  if (file.enabled)
    opened.push(selected(fileOutput(line, { filename: file.filename, keepAlive: file.keep_alive }), file));
  if (syslog.enabled) opened.push(selected(syslogOutput(line), syslog));
  if (http.enabled) {
    const { httpOutput } = await import("./http-output.ts");
    opened.push(selected(httpOutput(line, settings.json_output, http), http));
  }
  if (program.enabled) {
    const { programOutput } = await import("./program.ts");
    opened.push(selected(programOutput(line, { program: program.program, keepAlive: program.keep_alive }), program));
  }
  if (hasReceivers(settings.outputs)) {
    const { openReceivers } = await import("./receivers.ts");
    opened.push(...(await openReceivers(settings.outputs)));
  }
  return opened;
}

/** Whether one of the keys is set that switch a receiver on. */
function hasReceivers(outputs: Receivers): boolean {
  const { alertmanager, elasticsearch, grafana, loki, opensearch, otlp, pagerduty, slack, splunk, syslog } = outputs;
  const switches = [
    ...[alertmanager, elasticsearch, grafana, loki, opensearch].map(({ hostport }) => hostport),
    ...[slack, outputs.teams].map(({ webhookurl }) => webhookurl),
    ...[splunk, syslog].map(({ host }) => host),
    otlp.logs.endpoint,
    pagerduty.routingkey,
    outputs.webhook.address,
    outputs.aws.s3.bucket,
    outputs.smtp.hostport,
    outputs.kafka.hostport.join(),
    outputs.mqtt.broker,
    outputs.nats.hostport.join(),
    outputs.rabbitmq.url,
    outputs.redis.address,
  ];
  return switches.some((each) => each.length > 0);
}
