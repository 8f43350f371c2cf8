import type { Alert } from "../alert/alert.ts";
import { timeOfIdText } from "../journal/id.ts";
import { type DeadLetter, type OutputRecord, type OutputStatus, untried } from "../journal/output-status.ts";
import { insist } from "../output/insist.ts";
import type { Output, Refusal } from "../output/output.ts";
import { batchSize, MOST } from "./batch-size.ts";
import { type Gathered, gather } from "./gather.ts";
import { openPause } from "./pause.ts";

/** An alert of the journal, with its place there. */
export interface KeptAlert extends Alert {
  readonly id: string;
  readonly seq: number;
}

/** An alert that is in memory alone, since the journal could not keep it; it comes after those up to `after`. */
export interface LooseAlert {
  readonly alert: Alert;
  readonly after: number;
}

/** What an output is given from. */
export interface Source {
  /** The alerts after a number, at most so many. */
  read(after: number, limit: number): KeptAlert[];
  /** The number of the newest alert. */
  last(): number;
}

/** Alerts of one output since the process began. */
export interface OutputCounts {
  readonly name: string;
  /** How many there were for it: those that arrived, are lost, or wait. */
  readonly alerts: number;
  readonly delivered: number;
  /** How many it refused for good. */
  readonly refused: number;
  /** How many will not arrive: refused ones, and those that could not be kept for it. */
  readonly lost: number;
  /** How often it asked for a repetition. */
  readonly retries: number;
  /** How many wait for it, and since when the first of them does: nanoseconds since the epoch. */
  readonly waiting: number;
  readonly first: bigint | undefined;
  /** Milliseconds between two batches, where it wants them. */
  readonly interval?: number;
}

export interface LaneOptions {
  /** Told of each answer that asks for a repetition, and whether it lasts until an administrator mends it. */
  troubled(reason: string, mend: boolean): void;
  /** Told of what is missing at the receiver although alerts arrive. */
  remarked(sentence: string): void;
  /** Told when alerts arrive again after that. */
  recovered(): void;
  /** Told of alerts that were refused for good. */
  refused(alerts: number, reason: string): void;
  /** Told of alerts that the output can't get any more. */
  lost(alerts: number, reason: string): void;
  /** Puts refused alerts down; the lane goes on when there is room for more. */
  bury(letters: readonly DeadLetter[]): Promise<void>;
  /** Nobody takes anything any more. */
  over(): void;
}

/** The way of alerts to one output, in their order, at the output's own pace. */
export interface Lane {
  readonly output: Output;
  /** Begins to read the journal after this number. */
  begin(seq: number, status: OutputStatus): void;
  /** There may be more in the journal. */
  wake(): void;
  /** Takes alerts that are not in the journal. */
  add(loose: readonly LooseAlert[]): void;
  /** How far it has come, where that changed since the last call. */
  progress(): OutputRecord | undefined;
  /** How far it has come; undefined where it doesn't read the journal. */
  place(): OutputRecord | undefined;
  /** Makes the next call of {@link progress} state everything again. */
  restate(): void;
  counts(): OutputCounts;
  /**
   * Ends it, even where the output never answers. Within the time, what is there is still delivered as long as nothing is in
   * the way.
   * @returns what was in memory alone and has not arrived
   */
  stop(patience: number): Promise<readonly LooseAlert[]>;
}

/** Alerts that go together, and the place in the journal that is reached with each. */
interface Batch {
  readonly alerts: readonly Alert[];
  readonly reached: readonly (number | undefined)[];
}

/** Alerts that may wait in memory alone. */
const MOST_LOOSE = 20_000;
/** Milliseconds for an output to notice that its connections were cut. */
const LAST_ANSWER = 1000;
/** Milliseconds before the journal is read again after that failed. */
const READ_AGAIN = 1000;
/** Alerts of which an output may be unsure. */
const MOST_UNSURE = 20_000;
/** Milliseconds between two looks at what an output has become sure of. */
const SURER = 2000;
/** So many alerts refused one by one, one after the other, and the next batch counts as refused as a whole. */
const STREAK = 3;

export function openLane(output: Output, source: Source, options: LaneOptions): Lane {
  const { wants = () => true, interval } = output;
  const size = interval === undefined ? batchSize() : batchSize(MOST);
  const pause = openPause();
  let seq: number | undefined;
  let status = untried;
  let counts = { delivered: 0, refused: 0, lost: 0, retries: 0 };
  let loose: LooseAlert[] = [];
  /** The first of what is being handed over. */
  let current: Alert | undefined;
  let more = false;
  let changed = false;
  let over = false;
  let streak = 0;
  /** The numbers of the alerts that it took last, where it may turn out that it didn't. */
  let latest: number[] = [];
  /** The place that was noted last, and when it is looked again whether the output has become sure of more. */
  let noted: number | undefined;
  let surer = 0;
  let inTrouble = false;
  /** Until when an output with an interval is left alone. */
  let rest = 0;

  function count(what: keyof typeof counts, alerts: number): void {
    counts = { ...counts, [what]: counts[what] + alerts };
    const { [what === "retries" ? "retried" : what]: before } = status;
    status = { ...status, [what === "retries" ? "retried" : what]: before + alerts };
    changed = true;
  }

  /** What is to be delivered next, and the place that is reached then. */
  function next(): Batch | undefined {
    const [first] = loose;
    if (first !== undefined && (seq === undefined || first.after <= seq)) {
      const end = loose.findIndex(({ after }) => seq !== undefined && after > seq);
      const alerts = loose.slice(0, Math.min(size.now, end < 0 ? loose.length : end)).map(({ alert }) => alert);
      return { alerts, reached: alerts.map(() => undefined) };
    }
    if (seq === undefined || !more) return undefined;
    const until = first?.after ?? Number.POSITIVE_INFINITY;
    const read = source.read(seq, size.now);
    const kept = read.filter((alert) => alert.seq <= until);
    const [oldest] = read;
    if (oldest === undefined) more = false;
    else if (oldest.seq > seq + 1) miss(seq, Math.min(oldest.seq - 1, until));
    if (kept.length === 0 && until !== Number.POSITIVE_INFINITY) seq = Math.max(seq, until);
    if (kept.length === 0) return first === undefined ? undefined : next();
    return { alerts: kept, reached: kept.map((alert) => alert.seq) };
  }

  /** The same for an output that wants everything at once that there is for it. */
  async function nextTogether(): Promise<Batch | undefined> {
    if (seq === undefined || !more || loose.length > 0) return next();
    more = false;
    let gathered: Gathered;
    try {
      gathered = await gather(source, seq, size.now, wants, miss);
    } catch (error) {
      more = true;
      throw error;
    }
    const { alerts, reached, end } = gathered;
    if (alerts.length > 0) {
      more = true;
      return { alerts, reached };
    }
    if (end > seq) changed = true;
    seq = Math.max(seq, end);
    return undefined;
  }

  /** The journal has let go of alerts that were not delivered yet. */
  function miss(from: number, to: number): void {
    count("lost", to - from);
    seq = to;
    options.lost(to - from, "the journal had no room for them any longer");
  }

  async function deliver(alerts: readonly Alert[], reached: readonly (number | undefined)[]): Promise<void> {
    const wanted = alerts.filter(wants);
    let done = alerts.length;
    if (wanted.length > 0) {
      [current] = wanted;
      const began = performance.now();
      let retried = false;
      const last = reached.at(-1);
      // More alerts may show whether the receiver is at fault or what is in these.
      const hasMore = (): boolean =>
        last !== undefined && source.last() - last >= alerts.length && alerts.length < size.now;
      const wait = async (milliseconds: number): Promise<boolean> => (await waitBefore(milliseconds)) && !hasMore();
      const outcome = await insist(output, wanted, wait, (reason, mend) => {
        retried = true;
        count("retries", 1);
        inTrouble = true;
        status = { ...status, error: reason, failed: Date.now() };
        options.troubled(reason, mend);
      });
      for (const sentence of output.remarks?.() ?? []) options.remarked(sentence);
      current = undefined;
      const { refused, left, reason = "" } = outcome;
      if (output.name === "stdout" && refused.length > 0) {
        over = true;
        options.troubled(reason, false);
        options.over();
        return;
      }
      const undecided = left.length > 0 ? left[0] : doubtful(wanted, refused);
      if (undecided !== undefined) done = alerts.indexOf(undecided);
      const decided = new Set(alerts.slice(0, done));
      await settle(
        refused.filter(({ alert }) => decided.has(alert)),
        wanted.filter((one) => decided.has(one)).length,
      );
      if (!retried && undecided === undefined) size.took(performance.now() - began, alerts.length);
    }
    if (reached[0] === undefined) loose = loose.slice(done);
    else if (done > 0) seq = reached[done - 1];
    if (output.unsure !== undefined)
      latest = [...latest, ...reached.slice(0, done).flatMap((one, i) => (wants(alerts[i]) ? (one ?? []) : []))].slice(
        -MOST_UNSURE,
      );
    changed = true;
  }

  /**
   * A request with many alerts may be refused for one of them, or for their number. So they are offered again in smaller
   * batches, until it is clear that they are refused one by one.
   * @returns the first alert that is to be offered again
   */
  function doubtful(wanted: readonly Alert[], refused: readonly Refusal[]): Alert | undefined {
    if (streak >= STREAK || refused.length === 0) return undefined;
    const alerts = new Set(refused.map(({ alert }) => alert));
    let at = wanted.length;
    while (at > 0 && alerts.has(wanted[at - 1])) at--;
    if (wanted.length - at < 2) return undefined;
    size.shrink(wanted.length - at);
    return wanted[at];
  }

  async function settle(refused: readonly Refusal[], decided: number): Promise<void> {
    const arrived = decided - refused.length;
    streak = arrived > 0 ? 0 : streak + refused.length;
    if (arrived > 0) {
      count("delivered", arrived);
      const { again: _, ...calm } = status;
      status = calm;
      if (inTrouble) options.recovered();
      inTrouble = false;
    }
    if (refused.length === 0) return;
    count("refused", refused.length);
    const { reason } = refused[refused.length - 1];
    const { again: _, ...calm } = status;
    status = { ...calm, error: reason, failed: Date.now() };
    options.refused(refused.length, reason);
    const letters = refused.flatMap(({ alert, reason }): DeadLetter[] =>
      "seq" in alert && typeof alert.seq === "number"
        ? [{ output: output.name, seq: alert.seq, time: Date.now(), reason }]
        : [],
    );
    if (letters.length > 0) await options.bury(letters);
  }

  function waitBefore(milliseconds: number): Promise<boolean> {
    status = { ...status, again: Date.now() + milliseconds };
    changed = true;
    const kept = loose.length === 0 || (seq !== undefined && loose[0].after > seq);
    if (pause.ending && kept) return Promise.resolve(false); // it stays in the journal
    return pause.wait(milliseconds);
  }

  async function run(): Promise<void> {
    while (!over && !pause.over) {
      if (rest > performance.now() && !pause.ending) {
        await pause.wait(rest - performance.now());
        continue;
      }
      let batch: Batch | undefined;
      try {
        batch = interval === undefined ? next() : await nextTogether();
      } catch (error) {
        options.troubled(`the journal can't be read: ${error instanceof Error ? error.message : String(error)}`, false);
        if (pause.ending) return;
        await pause.wait(READ_AGAIN);
        continue;
      }
      if (batch !== undefined) {
        const before = seq;
        const { length } = loose;
        const { delivered } = counts;
        const whole = batch.alerts.length >= size.now;
        await deliver(batch.alerts, batch.reached);
        if (interval !== undefined && counts.delivered > delivered && !whole) rest = performance.now() + interval;
        if (pause.ending && seq === before && loose.length === length) return; // it doesn't move
      } else if (pause.ending) return;
      else await pause.wait(undefined);
    }
  }

  function place(): OutputRecord | undefined {
    if (seq === undefined) return undefined;
    const unsure = output.unsure?.() ?? 0;
    const [first = seq + 1] = unsure === 0 ? [] : latest.slice(-unsure);
    return { name: output.name, seq: Math.min(seq, first - 1), status };
  }

  const ended = run();
  const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<void>();

  return {
    output,
    begin(at, before) {
      seq = at;
      status = before;
      more = true;
      changed = true;
      pause.wake();
    },
    wake() {
      more = true;
      pause.wake();
    },
    add(added) {
      const room = Math.max(MOST_LOOSE - loose.length, 0);
      loose.push(...added.slice(0, room));
      if (room < added.length) {
        count("lost", added.length - room);
        options.lost(added.length - room, `${MOST_LOOSE} alerts that could not be kept wait for it already`);
      }
      more = true;
      pause.wake();
    },
    progress() {
      const sure = output.unsure === undefined || Date.now() < surer ? undefined : place()?.seq;
      if (!changed && (sure === undefined || sure === noted)) return undefined;
      changed = false;
      surer = Date.now() + SURER;
      const now = place();
      noted = now?.seq;
      return now;
    },
    place,
    restate() {
      changed = true;
    },
    counts() {
      const behind = seq === undefined ? 0 : Math.max(0, source.last() - seq);
      const waiting = behind + loose.length;
      const oldest = current ?? (waiting === 0 ? undefined : (firstAfter(seq, behind) ?? loose[0]?.alert));
      const { delivered, refused, lost, retries } = counts;
      return {
        name: output.name,
        alerts: delivered + refused + lost + waiting,
        delivered,
        refused,
        lost: refused + lost,
        retries,
        waiting,
        first: oldest && sinceWhen(oldest),
        ...(interval !== undefined && { interval }),
      };
    },
    async stop(patience) {
      const cut = setTimeout(() => output.reopen(), patience); // ends what waits for an answer
      pause.end(patience);
      const given = setTimeout(giveUp, patience + LAST_ANSWER);
      await Promise.race([ended, givenUp]);
      clearTimeout(cut);
      clearTimeout(given);
      return loose;
    },
  };

  function firstAfter(after: number | undefined, behind: number): Alert | undefined {
    return after === undefined || behind === 0 ? undefined : source.read(after, 1)[0];
  }
}

/** When an alert was there to be delivered, in nanoseconds since the epoch. */
function sinceWhen(alert: Alert): bigint {
  return alert.id === undefined ? alert.time : BigInt(timeOfIdText(alert.id)) * 1_000_000n;
}
