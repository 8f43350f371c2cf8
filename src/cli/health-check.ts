import { isIPv6 } from "node:net";
import { Failure } from "../agent/failure.ts";
import type { Config } from "../config/load.ts";
import { print, printJsonText } from "../telemetry/print.ts";
import { visible, visibleJson } from "../telemetry/visible.ts";
import { sendRequest } from "../transport/http/send.ts";
import type { HealthOptions } from "./health.ts";
import { readSettings } from "./settings.ts";
import { tableLines } from "./table.ts";

/** Timeout of the request to the agent in milliseconds, and maximum size of the response in bytes. */
const [TIMEOUT, MAX_ANSWER] = [5000, 1 << 20];

interface Answer {
  readonly status: string;
  readonly components?: Readonly<
    Record<string, { readonly status: string; readonly reason?: string; readonly since: string }>
  >;
}

/** `eyas health`: prints the status of the running agent. */
export async function checkHealth(options: HealthOptions): Promise<void> {
  const { config } = await readSettings(options);
  const { code, body } = await ask(config.webserver);
  if (options.json) printJsonText(`${visibleJson(JSON.stringify(body))}\n`);
  else print(healthTable(body));
  if (code !== 200) process.exitCode = 1;
}

async function ask(webserver: Config["webserver"]): Promise<{ code: number; body: Answer }> {
  const { enabled, listen_address: address, listen_port: port, ssl_enabled: secure, k8s_healthz_endpoint } = webserver;
  if (!enabled) throw new Failure("Cannot query the agent: webserver.enabled is false.");
  const host = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
  const origin = `${secure ? "https" : "http"}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const url = new URL(`${k8s_healthz_endpoint}?verbose`, origin);
  try {
    const { status, body } = await sendRequest(url, {
      signal: AbortSignal.timeout(TIMEOUT),
      mode: "whole",
      limit: MAX_ANSWER,
      named: "it",
      tls: { rejectUnauthorized: false }, // no secrets are sent, and the certificate may lack this address
    });
    const answer: Answer = JSON.parse(body);
    if (typeof answer.status !== "string") throw new SyntaxError();
    return { code: status, body: answer };
  } catch (error) {
    const reason =
      error instanceof SyntaxError ? "the server is not Eyas" : error instanceof Error ? error.message : "";
    throw new Failure(`Request to ${url.href} failed: ${visible(reason)}.`);
  }
}

/** Returns the status of the agent, and one line for each component. */
export function healthTable({ status, components = {} }: Answer): string {
  const rows = Object.entries(components).map(([name, one]) => [
    visible(name),
    visible(one.status),
    visible(one.since),
    visible(one.reason ?? ""),
  ]);
  const lines = rows.length === 0 ? [] : ["", ...tableLines([["COMPONENT", "STATUS", "SINCE", "REASON"], ...rows], 4)];
  return `${[`status: ${visible(status)}`, ...lines].join("\n")}\n`;
}
