import type { Alert } from "../../alert/alert.ts";
import type { Config } from "../../config/load.ts";
import type { OutputCounts } from "../../delivery/lane.ts";
import type { Fault } from "../../journal/fault.ts";
import type { Counts as JournalCounts } from "../../journal/keep.ts";
import { type LineUp, lineUp } from "../../output/line-up.ts";
import type { Output } from "../../output/output.ts";
import { openOutputs } from "../../output/outputs.ts";
import type { Log } from "../../telemetry/log.ts";
import { said } from "../../telemetry/said.ts";
import type { Component } from "../component.ts";
import { onChange } from "../load/changed.ts";
import type { Loaded } from "../load/load.ts";
import { shownLine } from "./color.ts";

/** Hands alerts to every output and says, without a flood, when one doesn't take them. Nothing waits for remote outputs. */
export interface Delivery extends Component {
  deliver(batch: readonly Alert[]): Promise<void>;
  /**
   * Keeps alerts in the journal and sends them on; where there is no journal it sends them on.
   * @returns undefined when they are kept, or why they could not be: then nothing was sent on
   */
  keep(batch: readonly Alert[]): Promise<Fault | undefined>;
  /** Settles when everything that was handed over so far is in the journal, or known not to get there. Never rejects. */
  kept(): Promise<void>;
  reopen(): void;
  /** Switches to the outputs of another configuration. */
  apply(next: Pick<Loaded, "config">): Promise<void>;
  close(): Promise<void>;
  /** Alerts that an output did not take, by its name. */
  readonly lost: ReadonlyMap<string, number>;
  /** What became of the alerts, for each output there is or was. */
  outputs(): readonly OutputCounts[];
  /** What the journal has counted, where there is one. */
  readonly journal?: () => JournalCounts;
  /** True when no output takes anything any more. */
  readonly over: boolean;
}

/** Who else reads the journal while it is written. */
export interface JournalListener {
  /** It is ours; `last` is its newest alert before those of this process. */
  opened?(last: number): void;
  /** There are more alerts in it. */
  kept?(): void;
  /** It is another file now. */
  turned?(): void;
  /** Alerts wait in it for an output until an administrator has mended what is wrong there. */
  held?(output: string, reason: string): void;
}

/** Milliseconds between two complaints about the same output. */
const PATIENCE = 10_000;

/**
 * Delivers as the configuration wants it: from the journal, or where there is none from memory.
 * @param over called when no output takes anything any more
 * @throws Failure where an output can't be opened
 */
export async function deliveryFor(
  config: Config,
  log: Log,
  over: () => void,
  listener?: JournalListener,
): Promise<Delivery> {
  const delivery = config.journal.enabled
    ? await (await import("./journal-delivery.ts")).deliveryFromJournal(config, log, over, listener)
    : openDelivery(await openOutputs(config, shownLine()), log, over);
  // Outputs stay connected as long as their part of the configuration is the same.
  delivery.apply = onChange(config, outputKeys, delivery.apply);
  return delivery;
}

/** What outputs and the texts that they print are made from. */
const outputKeys = [
  "time_format_iso_8601",
  "json_include_output_property",
  "json_include_message_property",
  "json_include_output_fields_property",
  "json_include_tags_property",
  "json_output",
  "stdout_output",
  "syslog_output",
  "file_output",
  "http_output",
  "program_output",
  "outputs",
] as const satisfies readonly (keyof Config)[];

/** Delivers from memory: what a remote output has not taken when the process ends is lost. */
export function openDelivery(first: readonly Output[], log: Log, over: () => void = () => {}): Delivery {
  let outputs = first;
  let open = new Set(outputs);
  let lines = new Map<Output, LineUp>();
  /** Outputs of before that still get what is in line for them. */
  let leaving = Promise.resolve();
  const lost = new Map<string, number>();
  const handed = new Map<string, number>(first.map(({ name }) => [name, 0]));
  const retries = new Map<string, number>();
  const refused = new Map<string, number>();
  const complained = new Map<Output, number>();

  function complain(output: Output, reason: string): void {
    const now = Date.now();
    if (now - (complained.get(output) ?? 0) < PATIENCE) return;
    complained.set(output, now);
    log(said.notDelivered(output.name, reason));
  }

  function lose(output: Output, alerts: number, reason: string): void {
    lost.set(output.name, (lost.get(output.name) ?? 0) + alerts);
    complain(output, reason);
  }

  function lineFor(output: Output): LineUp {
    const line =
      lines.get(output) ??
      lineUp(output, {
        troubled: (reason) => {
          retries.set(output.name, (retries.get(output.name) ?? 0) + 1);
          complain(output, reason);
        },
        remarked: (sentence) => log(said.remarkOn(output.name, sentence)),
        lost: (alerts, reason) => lose(output, alerts, reason),
        refused: (alerts) => refused.set(output.name, (refused.get(output.name) ?? 0) + alerts),
      });
    lines.set(output, line);
    return line;
  }

  async function close(closing: readonly Output[]): Promise<void> {
    await Promise.all(closing.map((output) => (lines.get(output) ?? output).close()));
  }

  return {
    lost,
    outputs: () =>
      [...handed].map(([name, alerts]) => {
        const [output, line] = [...lines].find(([output]) => output.name === name) ?? [];
        const { waiting = 0, first } = line ?? {};
        const missed = lost.get(name) ?? 0;
        return {
          name,
          alerts,
          delivered: alerts - missed - waiting,
          refused: refused.get(name) ?? 0,
          lost: missed,
          retries: retries.get(name) ?? 0,
          waiting,
          first: first?.time,
          ...(output?.interval !== undefined && { interval: output.interval }),
        };
      }),
    get over() {
      return outputs.length > 0 && open.size === 0;
    },
    async deliver(batch) {
      for (const output of open) {
        handed.set(output.name, (handed.get(output.name) ?? 0) + batch.length);
        if (output.remote) {
          lineFor(output).add(batch);
          continue;
        }
        const delivery = await output.deliver(batch);
        if (delivery.outcome === "delivered") continue;
        lose(output, batch.length, delivery.reason);
        if (output.name !== "stdout" || delivery.outcome !== "refused") continue;
        open.delete(output);
        if (open.size === 0) over();
      }
    },
    async keep(batch) {
      await this.deliver(batch);
      return undefined;
    },
    kept: () => Promise.resolve(),
    reopen() {
      for (const output of open) output.reopen();
    },
    async apply({ config }) {
      const others = await openOutputs(config, shownLine());
      leaving = Promise.all([leaving, close(outputs.filter(({ remote }) => remote))]).then(() => {});
      const closed = close(outputs.filter(({ remote }) => !remote));
      outputs = others;
      for (const { name } of others) handed.set(name, handed.get(name) ?? 0);
      open = new Set(others);
      lines = new Map();
      await closed;
    },
    async close() {
      await Promise.all([leaving, close(outputs)]);
    },
  };
}
