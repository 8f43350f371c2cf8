// All outputs, one per line. A test checks that every file of `receiver/` is listed.

import { alertmanagerOutput } from "./receiver/alertmanager.ts";
import { cliqOutput } from "./receiver/cliq.ts";
import { elasticsearchOutput } from "./receiver/elasticsearch.ts";
import { file } from "./receiver/file.ts";
import { googlechatOutput } from "./receiver/googlechat.ts";
import { grafanaOutput } from "./receiver/grafana.ts";
import { http } from "./receiver/http.ts";
import { kafkaOutput } from "./receiver/kafka.ts";
import { lokiOutput } from "./receiver/loki.ts";
import { mattermostOutput } from "./receiver/mattermost.ts";
import { mqttOutput } from "./receiver/mqtt.ts";
import { natsOutput } from "./receiver/nats.ts";
import { opensearchOutput } from "./receiver/opensearch.ts";
import { otlpLogsOutput } from "./receiver/otlp-logs.ts";
import { otlpTracesOutput } from "./receiver/otlp-traces.ts";
import { pagerdutyOutput } from "./receiver/pagerduty.ts";
import { program } from "./receiver/program.ts";
import { rabbitmqOutput } from "./receiver/rabbitmq.ts";
import { redisOutput } from "./receiver/redis.ts";
import { rocketchatOutput } from "./receiver/rocketchat.ts";
import { s3Output } from "./receiver/s3.ts";
import { slackOutput } from "./receiver/slack.ts";
import { smtpOutput } from "./receiver/smtp.ts";
import { splunkOutput } from "./receiver/splunk.ts";
import { stdout } from "./receiver/stdout.ts";
import { syslogOutput } from "./receiver/syslog.ts";
import { systemLog } from "./receiver/system-log.ts";
import { teamsOutput } from "./receiver/teams.ts";
import { webhookOutput } from "./receiver/webhook.ts";

/** Outputs with a top-level configuration section, as in Falco. */
export const falcoOutputs = [stdout, systemLog, file, http, program] as const;

/** Outputs under `outputs`, as in Falcosidekick. */
export const receivers = [
  alertmanagerOutput,
  cliqOutput,
  elasticsearchOutput,
  googlechatOutput,
  grafanaOutput,
  lokiOutput,
  mattermostOutput,
  opensearchOutput,
  otlpLogsOutput,
  otlpTracesOutput,
  pagerdutyOutput,
  rocketchatOutput,
  slackOutput,
  splunkOutput,
  syslogOutput,
  teamsOutput,
  webhookOutput,
  s3Output,
  smtpOutput,
  kafkaOutput,
  mqttOutput,
  natsOutput,
  rabbitmqOutput,
  redisOutput,
] as const;
