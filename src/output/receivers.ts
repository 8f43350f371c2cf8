import { type AlertmanagerKeys, alertmanager } from "./alertmanager.ts";
import { type Brokers, openBrokers } from "./brokers.ts";
import type { SharedCertificates } from "./certificates.ts";
import { type ElasticsearchKeys, elasticsearch } from "./elasticsearch.ts";
import { type GrafanaKeys, grafana } from "./grafana.ts";
import { type HttpForm, type HttpKeys, httpForm } from "./http-form.ts";
import { type LokiKeys, loki } from "./loki.ts";
import { type OtlpLogsKeys, otlpLogs } from "./otlp-logs.ts";
import type { Output } from "./output.ts";
import { type PagerdutyKeys, pagerduty } from "./pagerduty.ts";
import { type MinimumPriority, severeEnough } from "./severe-enough.ts";
import { type SlackKeys, slack } from "./slack.ts";
import { type SplunkKeys, splunk } from "./splunk.ts";
import { openStorage, type Storage } from "./storage.ts";
import { type SyslogKeys, syslogRemote } from "./syslog-remote.ts";
import { type TeamsKeys, teams } from "./teams.ts";
import { type WebhookKeys, webhook } from "./webhook.ts";

type Common = HttpKeys & MinimumPriority;

/** What `outputs` holds: receivers by name, and the certificates that they share. */
export interface Receivers extends SharedCertificates, Brokers, Storage {
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

/** Opens the receivers that are switched on. Adding one is a line in this file and a file beside. */
export async function openReceivers(outputs: Receivers): Promise<Output[]> {
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
    ...(await openStorage(outputs)),
    ...(await openBrokers(outputs)),
  ];
}
