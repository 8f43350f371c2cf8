// HTTP receivers of alerts, one per output.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { SENT } from "./send.ts";

export interface Receivers {
  /** Configuration of the outputs, `key=value`. */
  readonly settings: readonly string[];
  /** Forgets the times of earlier deliveries. */
  reset(): void;
  /** Returns the times from sending an alert until the webhook receives it, in milliseconds. */
  delays(): readonly number[];
  /** Waits until every output has delivered this number of alerts, for at most a minute. */
  haveReceived(alerts: number): Promise<void>;
  /** Returns the number of delivered alerts by output. */
  received(): ReadonlyMap<string, number>;
  close(): void;
}

/** An output, and the part of its requests that occurs once per alert. */
interface Output {
  readonly name: string;
  readonly settings: (url: string) => readonly string[];
  readonly perAlert: RegExp;
}

const times = new RegExp(`"${SENT}":([\\d.]+)`, "g");

const outputs: readonly Output[] = [
  { name: "webhook", settings: (url) => [`outputs.webhook.address=${url}/`], perAlert: times },
  {
    name: "splunk",
    settings: (url) => [`outputs.splunk.host=${url}/services/collector/event`, "outputs.splunk.token=bench"],
    perAlert: times,
  },
  { name: "loki", settings: (url) => [`outputs.loki.hostport=${url}`], perAlert: /number=\d+\)/g },
  { name: "otlp.logs", settings: (url) => [`outputs.otlp.logs.endpoint=${url}`], perAlert: /number=\d+\)/g },
  {
    name: "grafana",
    settings: (url) => [`outputs.grafana.hostport=${url}`, "outputs.grafana.apikey=bench"],
    perAlert: /number=\d+\)/g,
  },
];

/** Starts receivers for the first `count` outputs. */
export async function openReceivers(count: number): Promise<Receivers> {
  const received = new Map<string, number>();
  const settings: string[] = [];
  let delays: number[] = [];
  const servers: Server[] = [];
  for (const { name, settings: settingsOf, perAlert } of outputs.slice(0, count)) {
    received.set(name, 0);
    const server = createServer(async (request, response) => {
      const body = await text(request);
      const found = [...body.matchAll(perAlert)];
      received.set(name, (received.get(name) ?? 0) + found.length);
      if (name === "webhook") for (const [, sent] of found) delays.push(performance.now() - Number(sent));
      response.setHeader("content-type", "application/json").end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    settings.push(...settingsOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  }
  return {
    settings,
    reset: () => {
      delays = [];
    },
    delays: () => delays,
    received: () => received,
    async haveReceived(alerts) {
      for (const end = Date.now() + 60_000; Date.now() < end; await sleep(20))
        if ([...received.values()].every((number) => number >= alerts)) return;
    },
    close() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
