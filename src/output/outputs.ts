import { type AlertmanagerKeys, alertmanager } from "./alertmanager.ts";
import { type ElasticsearchKeys, elasticsearch } from "./elasticsearch.ts";
import { fileOutput } from "./file.ts";
import { type GrafanaKeys, grafana } from "./grafana.ts";
import { type HttpCertificates, type HttpForm, type HttpKeys, httpForm } from "./http-form.ts";
import { type HttpOutputKeys, httpOutput } from "./http-output.ts";
import { type LokiKeys, loki } from "./loki.ts";
import { type OtlpLogsKeys, otlpLogs } from "./otlp-logs.ts";
import { asJson, asText, type Line, type Output } from "./output.ts";
import { type PagerdutyKeys, pagerduty } from "./pagerduty.ts";
import { programOutput } from "./program.ts";
import { type MinimumPriority, severeEnough } from "./severe-enough.ts";
import { type SlackKeys, slack } from "./slack.ts";
import { type SplunkKeys, splunk } from "./splunk.ts";
import { stdoutOutput } from "./stdout.ts";
import { syslogOutput } from "./syslog.ts";
import { type SyslogKeys, syslogRemote } from "./syslog-remote.ts";
import { type TeamsKeys, teams } from "./teams.ts";
import { type WebhookKeys, webhook } from "./webhook.ts";

/** The keys of the configuration that say where alerts go. */
export interface OutputSettings {
  readonly json_output: boolean;
  readonly stdout_output: { readonly enabled: boolean };
  readonly syslog_output: { readonly enabled: boolean };
  readonly file_output: { readonly enabled: boolean; readonly keep_alive: boolean; readonly filename: string };
  readonly http_output: HttpOutputKeys & { readonly enabled: boolean };
  readonly program_output: { readonly enabled: boolean; readonly keep_alive: boolean; readonly program: string };
  readonly outputs: Receivers;
}

type Common = HttpKeys & MinimumPriority;

/** What `outputs` holds: receivers by name, and the certificates that they share. */
export interface Receivers extends HttpCertificates {
  readonly alertmanager: AlertmanagerKeys & Common;
  readonly elasticsearch: ElasticsearchKeys & Common;
  readonly grafana: GrafanaKeys & Common;
  readonly loki: LokiKeys & Common;
  readonly opensearch: ElasticsearchKeys & Common;
  readonly otlp: { readonly logs: OtlpLogsKeys & Common };
  readonly pagerduty: PagerdutyKeys & Common;
  readonly slack: SlackKeys & Common;
  readonly splunk: SplunkKeys & Common;
  readonly syslog: SyslogKeys & MinimumPriority;
  readonly teams: TeamsKeys & Common;
  readonly webhook: WebhookKeys & Common;
}

/**
 * Opens what is switched on. Adding an output is a line here (or in `receivers`) and a file beside.
 * @param shown how standard output shows an alert in text
 */
export function openOutputs(settings: OutputSettings, shown: Line = asText): Output[] {
  const line = settings.json_output ? asJson : asText;
  const { stdout_output: stdout, syslog_output: syslog, file_output: file } = settings;
  const { http_output: http, program_output: program } = settings;
  return [
    ...(stdout.enabled ? [stdoutOutput(settings.json_output ? asJson : shown)] : []),
    ...(file.enabled ? [fileOutput(line, { filename: file.filename, keepAlive: file.keep_alive })] : []),
    ...(syslog.enabled ? [syslogOutput(line)] : []),
    ...(http.enabled ? [httpOutput(line, settings.json_output, http)] : []),
    ...(program.enabled ? [programOutput(line, { program: program.program, keepAlive: program.keep_alive })] : []),
    ...receivers(settings.outputs),
  ];
}

function receivers(outputs: Receivers): Output[] {
  const simple: readonly (readonly [HttpForm | undefined, Common])[] = [
    [alertmanager(outputs.alertmanager), outputs.alertmanager],
    [grafana(outputs.grafana), outputs.grafana],
    [loki(outputs.loki), outputs.loki],
    [otlpLogs(outputs.otlp.logs), outputs.otlp.logs],
    [pagerduty(outputs.pagerduty), outputs.pagerduty],
    [slack(outputs.slack), outputs.slack],
    [splunk(outputs.splunk), outputs.splunk],
    [teams(outputs.teams), outputs.teams],
    [webhook(outputs.webhook), outputs.webhook],
  ];
  const others: readonly (readonly [Output | undefined, MinimumPriority])[] = [
    [elasticsearch("elasticsearch", outputs.elasticsearch, outputs), outputs.elasticsearch],
    [elasticsearch("opensearch", outputs.opensearch, outputs), outputs.opensearch],
    [syslogRemote(outputs.syslog), outputs.syslog],
  ];
  return [
    ...others.flatMap(([output, keys]) => (output === undefined ? [] : [severeEnough(output, keys)])),
    ...simple.flatMap(([form, keys]) =>
      form === undefined ? [] : [severeEnough(httpForm(form, keys, outputs), keys)],
    ),
  ];
}
