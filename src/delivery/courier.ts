import type { Alert, AlertOptions } from "../alert/alert.ts";
import { type DeadLetter, type OutputRecord, type Progress, untried } from "../journal/output-status.ts";
import type { Output } from "../output/output.ts";
import { type Lane, type LooseAlert, type OutputCounts, openLane } from "./lane.ts";
import type { Pages } from "./pages.ts";

/** What is worth saying of the delivery. */
export type DeliveryNews =
  | { readonly kind: "trouble" | "refused" | "remark"; readonly output: string; readonly reason: string }
  /** Alerts wait until an administrator has mended what is wrong. `isNew`: for the first time since they arrived. */
  | { readonly kind: "held"; readonly output: string; readonly reason: string; readonly isNew: boolean }
  | { readonly kind: "recovered"; readonly output: string }
  | { readonly kind: "lost"; readonly output: string; readonly alerts: number; readonly reason: string }
  | { readonly kind: "behind"; readonly output: string; readonly alerts: number };

export interface CourierOptions {
  readonly pages: Pages;
  /** Where outputs begin that the journal has not seen before. */
  readonly newOutputs: "now" | "oldest";
  /** Outputs that always begin with the alerts from now on. */
  readonly presentOnly: ReadonlySet<string>;
  tell(news: DeliveryNews): void;
  /** Writes down how far outputs have come. @returns whether that is on disk */
  record(progress: Progress): Promise<boolean>;
  /** Nobody takes anything any more. */
  over(): void;
}

/** Brings alerts from the journal to outputs, each from its own place at its own pace. */
export interface Courier {
  /** The journal is ours; `last` is its newest alert before those of this process. */
  opened(last: number): void;
  /** There are more alerts in the journal. */
  kept(): void;
  /** Takes alerts that the journal could not keep. */
  add(alerts: readonly Alert[]): void;
  /** Goes on with other outputs, each where the one with its name was. */
  replace(outputs: readonly Output[], options: Omit<AlertOptions, "hostname">): Promise<void>;
  reopen(): void;
  counts(): readonly OutputCounts[];
  /** Delivers what is there, within a while, and writes down how far it came. */
  close(): Promise<void>;
}

/** Milliseconds between two notes of how far outputs are. */
const NOTE = 200;
/** Milliseconds at the end for what is still there. */
const LAST_WHILE = 5000;
/** Milliseconds for what is under way when other outputs take over. */
const CHANGE = 1000;
/** Milliseconds between two complaints about the same output. */
const PATIENCE = 10_000;
/** Letters that may wait to be put down. */
const MOST_LETTERS = 5000;

export function openCourier(first: readonly Output[], options: CourierOptions): Courier {
  const { pages, newOutputs, presentOnly, tell, record } = options;
  let lanes = new Map<string, Lane>();
  let known: Map<string, OutputRecord> | undefined;
  let newest = 0;
  let oldest = 0;
  let gone: OutputRecord[] = [];
  let letters: DeadLetter[] = [];
  let room = Promise.withResolvers<void>();
  const complained = new Map<string, number>();
  const troubled = new Set<string>();
  /** Outputs whose trouble an administrator has to mend. */
  const held = new Set<string>();
  const past = new Map<string, OutputCounts>();
  let over = 0;
  let noting: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  const timer = setInterval(() => void note(), NOTE);

  function complain(kind: "trouble" | "refused" | "held", output: string, reason: string): void {
    const now = Date.now();
    const isNew = kind === "held" && !held.has(output);
    if (!isNew && now - (complained.get(output) ?? 0) < PATIENCE) return;
    complained.set(output, now);
    if (kind !== "refused") troubled.add(output);
    if (kind === "held") {
      held.add(output);
      tell({ kind, output, reason, isNew });
    } else tell({ kind, output, reason });
  }

  function laneFor(output: Output): Lane {
    const { name } = output;
    return openLane(output, pages, {
      troubled: (reason, mend) => complain(mend ? "held" : "trouble", name, reason),
      remarked: (reason) => tell({ kind: "remark", output: name, reason }),
      recovered() {
        if (troubled.delete(name)) tell({ kind: "recovered", output: name });
        held.delete(name);
        complained.delete(name);
      },
      refused: (_, reason) => complain("refused", name, reason),
      lost: (alerts, reason) => tell({ kind: "lost", output: name, alerts, reason }),
      async bury(dead) {
        letters.push(...dead);
        while (letters.length > MOST_LETTERS && closing === undefined) await room.promise;
      },
      over() {
        over++;
        if (over === lanes.size) options.over();
      },
    });
  }

  /** Lets a lane read the journal, from the place where an output with its name was. */
  function begin(lane: Lane): void {
    if (known === undefined) return;
    const { name } = lane.output;
    const before = known.get(name);
    if (before === undefined) {
      lane.begin(newOutputs === "now" ? newest : Math.max(0, oldest - 1), untried);
      return;
    }
    const { gone: left, again: _, ...status } = before.status;
    // What came while it was away is none of its business, unless it had not got everything before.
    const away = left !== undefined && before.seq >= left;
    const seq = away || presentOnly.has(name) || before.seq > newest ? newest : before.seq;
    lane.begin(seq, status);
    if (newest > seq) tell({ kind: "behind", output: name, alerts: newest - seq });
  }

  /** Remembers where outputs stood that are not there any more. */
  function leave(): void {
    for (const [name, record] of known ?? []) {
      if (lanes.has(name) || record.status.gone !== undefined) continue;
      const left = { ...record, status: { ...record.status, gone: newest } };
      known?.set(name, left);
      gone.push(left);
    }
  }

  async function note(): Promise<void> {
    await noting;
    noting = write();
    await noting;
  }

  async function write(): Promise<void> {
    const running = [...lanes.values()];
    const outputs = [...gone, ...running.flatMap((lane) => lane.progress() ?? [])];
    const dead = letters;
    if (outputs.length === 0 && dead.length === 0) return;
    letters = [];
    if (await record({ outputs, dead })) {
      gone = [];
      room.resolve();
      room = Promise.withResolvers();
      return;
    }
    letters = [...dead, ...letters];
    for (const lane of running) lane.restate();
  }

  async function replaceWith(outputs: readonly Output[], read: () => void): Promise<void> {
    const before = lanes;
    const loose: LooseAlert[] = [];
    await Promise.all(
      [...before.values()].map(async (lane) => {
        const left = await lane.stop(CHANGE);
        if (left.length > loose.length) loose.splice(0, loose.length, ...left);
        const { name } = lane.output;
        await lane.output.close();
        const place = lane.place();
        if (place !== undefined) known?.set(name, place);
        past.set(name, { ...added(past.get(name), lane.counts()), waiting: 0, first: undefined });
      }),
    );
    await note();
    read();
    over = 0;
    lanes = new Map(outputs.map((output) => [output.name, laneFor(output)]));
    newest = pages.last();
    for (const lane of lanes.values()) {
      begin(lane);
      if (before.has(lane.output.name)) lane.add(loose);
    }
    leave();
  }

  lanes = new Map(first.map((output) => [output.name, laneFor(output)]));
  let tail = Promise.resolve();
  let replacing = 0;

  return {
    opened(last) {
      if (known !== undefined) return;
      const records = recordsByName(pages.outputs());
      oldest = pages.first();
      known = records;
      newest = last;
      for (const lane of lanes.values()) begin(lane);
      leave();
    },
    kept() {
      for (const lane of lanes.values()) lane.wake();
    },
    add(alerts) {
      const after = known === undefined ? 0 : pages.last();
      const loose = alerts.map((alert) => ({ alert, after }));
      const now = (): void => {
        for (const lane of lanes.values()) lane.add(loose);
      };
      if (replacing === 0) now();
      else tail = tail.then(now);
    },
    replace(outputs, alertOptions) {
      replacing++;
      tail = tail.then(async () => {
        try {
          await replaceWith(outputs, () => pages.use(alertOptions));
        } finally {
          replacing--;
        }
      });
      return tail;
    },
    reopen() {
      for (const { output } of lanes.values()) output.reopen();
    },
    counts: () => [
      ...[...lanes.values()].map((lane) => added(past.get(lane.output.name), lane.counts())),
      ...[...past.values()].filter(({ name }) => !lanes.has(name)),
    ],
    close() {
      closing ??= (async () => {
        await tail;
        clearInterval(timer);
        room.resolve();
        await Promise.all(
          [...lanes.values()].map(async (lane) => {
            const left = await lane.stop(LAST_WHILE);
            if (left.length > 0)
              tell({ kind: "lost", output: lane.output.name, alerts: left.length, reason: "no time was left" });
            await lane.output.close();
            lane.restate();
          }),
        );
        await note();
      })();
      return closing;
    },
  };
}

function recordsByName(records: readonly OutputRecord[]): Map<string, OutputRecord> {
  return new Map(records.map((record) => [record.name, record]));
}

/** Counts of an output over several lanes; what waits is the last one's. */
function added(before: OutputCounts | undefined, now: OutputCounts): OutputCounts {
  if (before === undefined) return now;
  const [delivered, refused, lost] = [
    before.delivered + now.delivered,
    before.refused + now.refused,
    before.lost + now.lost,
  ];
  return {
    ...now,
    ...{ delivered, refused, lost },
    alerts: delivered + lost + now.waiting,
    retries: before.retries + now.retries,
  };
}
