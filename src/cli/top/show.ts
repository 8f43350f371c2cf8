import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../agent/failure.ts";
import { connectAgent, type TopClient } from "../../agent/top/client.ts";
import { type TopView, viewOf } from "../../agent/top/rates.ts";
import { topSocket } from "../../agent/top/socket-path.ts";
import { print, printJson } from "../../telemetry/print.ts";
import { readSettings } from "../settings.ts";
import type { TopOptions } from "../top.ts";
import { summaryText } from "./summary.ts";
import { type TableName, tableNames, tableText, usualOrder, usualTable } from "./tables.ts";

/** Bounds of `--interval`, in seconds. */
const [SHORTEST, LONGEST] = [0.2, 60];

/** `eyas top`: shows the activity of the running agent until interrupted. */
export async function showTop(options: TopOptions): Promise<void> {
  const interval = intervalOf(options.interval) * 1000;
  const limit = limitOf(options.limit);
  const table = tableOf(options.by);
  const { config, option } = options;
  const settings = await readSettings({ ...(config !== undefined && { config }), ...(option && { option }) });
  const client = await connectAgent(topSocket(settings.config));
  try {
    if (!options.once && !options.json && hasScreen()) {
      const { openScreen } = await import("./screen.ts");
      await openScreen({ client, interval, table });
    } else await printUpdates(client, interval, options, (view) => `${pageText(view, table, limit).join("\n")}\n`);
  } finally {
    client.close();
  }
}

async function printUpdates(
  client: TopClient,
  interval: number,
  { once, json }: TopOptions,
  textOf: (view: TopView) => string,
): Promise<void> {
  let before = await client.report();
  for (let updates = 0; !once || updates === 0; updates++) {
    await sleep(interval);
    const now = await client.report();
    const view = viewOf(before, now);
    before = now;
    if (json) printJson(view);
    else print(`${updates === 0 ? "" : "\n"}${textOf(view)}`);
  }
}

/** Returns an update for scripts and pipes: the summary and one table. */
export function pageText(view: TopView, table: TableName | undefined, limit: number): string[] {
  const rows = tableText(table ?? usualTable(view), view, usualOrder);
  return [...summaryText(view), "", ...rows.slice(0, limit === 0 ? rows.length : limit + 1)];
}

/** Whether standard output is a terminal that can be filled. */
function hasScreen(): boolean {
  return process.stdout.isTTY === true && process.env.TERM !== "dumb";
}

function intervalOf(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= SHORTEST && seconds <= LONGEST))
    throw new Failure(`Invalid --interval "${text}": expected a number of seconds from ${SHORTEST} to ${LONGEST}.`);
  return seconds;
}

function limitOf(text = "20"): number {
  if (!/^\d{1,9}$/.test(text)) throw new Failure(`Invalid --limit "${text}": expected a non-negative integer.`);
  return Number(text);
}

function tableOf(text: string | undefined): TableName | undefined {
  if (text === undefined) return undefined;
  const found = tableNames.find((name) => name === text);
  if (found === undefined) throw new Failure(`Invalid --by "${text}": expected ${tableNames.join(", ")}.`);
  return found;
}
