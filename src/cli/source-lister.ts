import { isIPv6 } from "node:net";
import { enabledSources, sourceSettings } from "../agent/documents/settings.ts";
import { Failure } from "../agent/failure.ts";
import type { Config } from "../config/load.ts";
import { visible, visibleJson } from "../telemetry/visible.ts";
import { sendRequest } from "../transport/http/send.ts";
import { readSettings } from "./settings.ts";
import type { SourceListOptions } from "./source-list.ts";

/** What a running program says of a way in. */
export interface WayState {
  readonly from: string;
  readonly up: boolean;
  readonly reason?: string;
  readonly accepted: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly behind_bytes: number;
  readonly last?: string;
}

/** A way in, and how it is, where that is known. */
export interface WayRow {
  readonly source: string;
  readonly from: string;
  readonly state: WayState | undefined;
}

/** Milliseconds for the answer of a program on this machine. */
const PATIENCE = 2000;
/** Bytes of it. */
const LONGEST = 8 << 20;

/** `eyas sources` */
export async function listSources(options: SourceListOptions): Promise<void> {
  const { config } = await readSettings(options);
  const wanted = enabledSources(config).flatMap((source) =>
    sourceSettings(config, source).from.map(({ text }) => ({ source, from: text })),
  );
  if (wanted.length === 0) throw new Failure("No source has a place to take events from: sources.NAME.from names one.");
  const { states, why } = await asked(config.webserver);
  const rows = wanted.map(({ source, from }): WayRow => ({ source, from, state: states.get(`${source} ${from}`) }));
  if (options.json) process.stdout.write(rows.map(wayJson).join(""));
  else process.stdout.write(wayTable(rows, Date.now()));
  if (why !== undefined) process.stderr.write(`eyas: How events come is not known: ${why}\n`);
}

interface Asked {
  /** By source and place. */
  readonly states: ReadonlyMap<string, WayState>;
  /** Why nothing is known, in a sentence. */
  readonly why?: string;
}

async function asked(webserver: Config["webserver"]): Promise<Asked> {
  const { enabled, listen_address: address, listen_port: port, ssl_enabled: secure } = webserver;
  if (!enabled) return { states: new Map(), why: "webserver.enabled is not set, so no eyas run can be asked." };
  const host = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
  const url = `${secure ? "https" : "http"}://${isIPv6(host) ? `[${host}]` : host}:${port}/sources`;
  try {
    return { states: statesIn(JSON.parse(await fetched(url))) };
  } catch (error) {
    const reason = error instanceof SyntaxError ? "that is no eyas run" : error instanceof Error ? error.message : "";
    return { states: new Map(), why: `${url} does not answer: ${visible(reason)}.` };
  }
}

async function fetched(url: string): Promise<string> {
  const { body } = await sendRequest(new URL(url), {
    signal: AbortSignal.timeout(PATIENCE),
    mode: "whole",
    limit: LONGEST,
    named: "it",
    tls: { rejectUnauthorized: false }, // nothing is confided to it, and its certificate need not name this address
  });
  return body;
}

function statesIn(page: unknown): Map<string, WayState> {
  const states = new Map<string, WayState>();
  if (!Array.isArray(page)) throw new SyntaxError();
  for (const entry of page) {
    const { source, from } = fieldsOf(entry);
    for (const way of Array.isArray(from) ? from : []) {
      const { from: place, up, reason, accepted, refused, behind_bytes, last } = fieldsOf(way);
      const counts = Object.entries(fieldsOf(refused)).map(([name, count]) => [name, Number(count)]);
      states.set(`${source} ${place}`, {
        from: String(place),
        up: up === true,
        ...(typeof reason === "string" && { reason }),
        accepted: Number(accepted),
        refused: Object.fromEntries(counts),
        behind_bytes: Number(behind_bytes),
        ...(typeof last === "string" && { last }),
      });
    }
  }
  return states;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

const heads = ["source", "from", "state", "taken", "refused", "behind", "last"];

/** A table of ways in; why one is down stands below its line. */
export function wayTable(rows: readonly WayRow[], now: number): string {
  const cells = rows.map(({ source, from, state }) => [
    visible(source),
    visible(from),
    ...(state === undefined ? ["configured", "", "", "", ""] : stateCells(state, now)),
  ]);
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((row) => row[i].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i < 3 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  ")
      .trimEnd();
  const lines = [line(heads)];
  for (const [i, { state }] of rows.entries()) {
    lines.push(line(cells[i]));
    if (state?.reason !== undefined) lines.push(`  ${visible(state.reason)}`);
    const refused = Object.entries(state?.refused ?? {});
    if (refused.length > 0)
      lines.push(
        `  refused: ${refused.map(([reason, n]) => `${visible(reason)} ${n.toLocaleString("en")}`).join(", ")}`,
      );
  }
  return `${lines.join("\n")}\n`;
}

function stateCells({ up, accepted, refused, behind_bytes, last }: WayState, now: number): string[] {
  const lost = Object.values(refused).reduce((sum, n) => sum + n, 0);
  const ago = last === undefined ? "–" : `${Math.max(0, Math.round((now - Date.parse(last)) / 1000))} s ago`;
  const behind = behind_bytes === 0 ? "–" : `${behind_bytes.toLocaleString("en")} B`;
  return [up ? "up" : "down", accepted.toLocaleString("en"), lost.toLocaleString("en"), behind, ago];
}

function wayJson({ source, from, state }: WayRow): string {
  return `${visibleJson(JSON.stringify({ source, from, ...state }))}\n`;
}
