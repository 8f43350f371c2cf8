import type { Alert } from "../alert/alert.ts";
import { insist } from "./insist.ts";
import type { Output } from "./output.ts";

/** Alerts that stand in line for an output that may take long. */
export interface LineUp {
  /** Returns at once. */
  add(batch: readonly Alert[]): void;
  /** Gives the output a last while for what is still in line, then closes it. */
  close(): Promise<void>;
  /** How many stand in line, those that are being handed over among them. */
  readonly waiting: number;
  /** The one that stands there longest. */
  readonly first: Alert | undefined;
}

export interface LineUpOptions {
  /** Told of each answer that asks for a repetition. */
  troubled(reason: string, mend: boolean): void;
  /** Told of alerts that will not arrive. */
  lost(alerts: number, reason: string): void;
  /** Told of what is missing at the receiver although alerts arrive. */
  remarked?(sentence: string): void;
  /** Told of those among them that were refused. */
  refused?(alerts: number): void;
  /** How many alerts may stand in line; later ones are lost. */
  readonly most?: number;
  /** Milliseconds for what is in line at the end. */
  readonly lastWhile?: number;
}

const MOST = 20_000;
const LAST_WHILE = 5000;
/** Alerts handed over at once. */
const BATCH = 1000;

export function lineUp(output: Output, options: LineUpOptions): LineUp {
  const { troubled, lost, most = MOST, lastWhile = LAST_WHILE } = options;
  const { wants, interval = 0 } = output;
  let line: Alert[] = [];
  /** Those that are being handed over. */
  let leaving: readonly Alert[] = [];
  let work: Promise<void> | undefined;
  let end = Number.POSITIVE_INFINITY;
  /** Until when an output with an interval is left alone. */
  let rest = 0;
  let hurry = (): void => {};

  function pause(milliseconds: number): Promise<boolean> {
    const allowed = Math.min(milliseconds, Math.max(end - Date.now(), 0));
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        hurry = () => {};
        resolve(Date.now() < end);
      };
      const timer = setTimeout(go, allowed);
      hurry = go;
    });
  }

  async function drain(): Promise<void> {
    while (line.length > 0) {
      if (rest > Date.now() && end === Number.POSITIVE_INFINITY) {
        await pause(rest - Date.now());
        continue;
      }
      const batch = line.slice(0, BATCH);
      line = line.slice(BATCH);
      leaving = batch;
      const { refused, left, reason } = await insist(output, batch, pause, troubled);
      leaving = [];
      for (const sentence of output.remarks?.() ?? []) options.remarked?.(sentence);
      for (const refusal of refused) lost(1, refusal.reason);
      if (refused.length > 0) options.refused?.(refused.length);
      if (interval > 0 && refused.length < batch.length && batch.length < BATCH) rest = Date.now() + interval;
      if (left.length === 0) continue;
      lost(left.length + line.length, reason ?? "it took too long");
      line = [];
    }
    work = undefined;
  }

  return {
    get waiting() {
      return leaving.length + line.length;
    },
    get first() {
      return leaving[0] ?? line[0];
    },
    add(all) {
      const batch = wants === undefined ? all : all.filter(wants);
      const room = Math.max(most - line.length, 0);
      line.push(...batch.slice(0, room));
      if (room < batch.length) lost(batch.length - room, `${most} alerts stand in line for it already`);
      if (line.length > 0) work ??= drain();
    },
    async close() {
      end = Date.now() + lastWhile;
      hurry();
      const cut = setTimeout(() => output.reopen(), lastWhile); // ends what waits for an answer
      await work;
      clearTimeout(cut);
      await output.close();
    },
  };
}
