import { isIPv6 } from "node:net";
import { enabledSources, sourceSettings } from "../agent/documents/settings.ts";
import { Failure } from "../agent/failure.ts";
import type { Config } from "../config/load.ts";
import { print, printError, printJsonText } from "../telemetry/print.ts";
import { visible, visibleJson } from "../telemetry/visible.ts";
import { sendRequest } from "../transport/http/send.ts";
import { readSettings } from "./settings.ts";
import type { SourceListOptions } from "./source-list.ts";
import { tableLines } from "./table.ts";

/** State of an origin of a source, as reported by a running agent. */
export interface OriginState {
  readonly from: string;
  readonly up: boolean;
  readonly reason?: string;
  readonly accepted: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly lag_bytes: number;
  readonly last?: string;
}

/** A row of the table: an origin of a source. */
export interface OriginRow {
  readonly source: string;
  readonly from: string;
  /** State of the origin; undefined if the agent does not report the state. */
  readonly state: OriginState | undefined;
}

/** Timeout of the request to the agent in milliseconds. */
const TIMEOUT = 2000;
/** Maximum size of the response, in bytes. */
const MAX_ANSWER = 8 << 20;

/** `eyas sources`: prints the origins of the enabled sources and their states. */
export async function listSources(options: SourceListOptions): Promise<void> {
  const { config } = await readSettings(options);
  const wanted = enabledSources(config).flatMap((source) =>
    sourceSettings(config, source).from.map(({ text }) => ({ source, from: text })),
  );
  if (wanted.length === 0) throw new Failure("No source has an origin: set sources.NAME.from.");
  const { states, why } = await fetchStates(config.webserver);
  const rows = wanted.map(({ source, from }): OriginRow => ({ source, from, state: states.get(`${source} ${from}`) }));
  if (options.json) printJsonText(rows.map(originJson).join(""));
  else print(originTable(rows, Date.now()));
  if (why !== undefined) printError(`eyas: Cannot read the state of the event sources: ${why}\n`);
}

interface States {
  /** States of origins. Keys are the names of source and origin, separated by a space. */
  readonly states: ReadonlyMap<string, OriginState>;
  /** Reason why the states are unknown; undefined if they are known. */
  readonly why?: string;
}

async function fetchStates(webserver: Config["webserver"]): Promise<States> {
  const { enabled, listen_address: address, listen_port: port, ssl_enabled: secure } = webserver;
  if (!enabled) return { states: new Map(), why: "webserver.enabled is false." };
  const host = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
  const url = `${secure ? "https" : "http"}://${isIPv6(host) ? `[${host}]` : host}:${port}/sources`;
  try {
    return { states: statesIn(JSON.parse(await fetched(url))) };
  } catch (error) {
    const reason =
      error instanceof SyntaxError ? "the server is not Eyas" : error instanceof Error ? error.message : "";
    return { states: new Map(), why: `request to ${url} failed: ${visible(reason)}.` };
  }
}

async function fetched(url: string): Promise<string> {
  const { body } = await sendRequest(new URL(url), {
    signal: AbortSignal.timeout(TIMEOUT),
    mode: "whole",
    limit: MAX_ANSWER,
    named: "it",
    tls: { rejectUnauthorized: false }, // no secrets are sent, and the certificate may lack this address
  });
  return body;
}

function statesIn(page: unknown): Map<string, OriginState> {
  const states = new Map<string, OriginState>();
  if (!Array.isArray(page)) throw new SyntaxError();
  for (const entry of page) {
    const { source, from } = fieldsOf(entry);
    for (const way of Array.isArray(from) ? from : []) {
      const { from: place, up, reason, accepted, refused, lag_bytes, last } = fieldsOf(way);
      const counts = Object.entries(fieldsOf(refused)).map(([name, count]) => [name, Number(count)]);
      states.set(`${source} ${place}`, {
        from: String(place),
        up: up === true,
        ...(typeof reason === "string" && { reason }),
        accepted: Number(accepted),
        refused: Object.fromEntries(counts),
        lag_bytes: Number(lag_bytes),
        ...(typeof last === "string" && { last }),
      });
    }
  }
  return states;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

const heads = ["SOURCE", "FROM", "STATE", "ACCEPTED", "REJECTED", "LAG", "LAST"];

/** Returns a table of origins. The errors and rejections of an origin follow its row. */
export function originTable(rows: readonly OriginRow[], now: number): string {
  const cells = rows.map(({ source, from, state }) => [
    visible(source),
    visible(from),
    ...(state === undefined ? ["configured", "", "", "", ""] : stateCells(state, now)),
  ]);
  const [head = "", ...rowLines] = tableLines([heads, ...cells], 3);
  const lines = [head];
  for (const [i, { state }] of rows.entries()) {
    lines.push(rowLines[i] ?? "");
    if (state?.reason !== undefined) lines.push(`  ${visible(state.reason)}`);
    const refused = Object.entries(state?.refused ?? {});
    if (refused.length > 0)
      lines.push(
        `  rejected: ${refused.map(([reason, n]) => `${visible(reason)} ${n.toLocaleString("en")}`).join(", ")}`,
      );
  }
  return `${lines.join("\n")}\n`;
}

function stateCells({ up, accepted, refused, lag_bytes, last }: OriginState, now: number): string[] {
  const rejected = Object.values(refused).reduce((sum, n) => sum + n, 0);
  const ago = last === undefined ? "–" : `${Math.max(0, Math.round((now - Date.parse(last)) / 1000))} s ago`;
  const behind = lag_bytes === 0 ? "–" : `${lag_bytes.toLocaleString("en")} B`;
  return [up ? "up" : "down", accepted.toLocaleString("en"), rejected.toLocaleString("en"), behind, ago];
}

function originJson({ source, from, state }: OriginRow): string {
  return `${visibleJson(JSON.stringify({ source, from, ...state }))}\n`;
}
