// Damages journals in many ways, opens them as `eyas run` does, and checks the remaining alerts.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Entry } from "../../src/alert/entry.ts";
import { entry } from "../../src/journal/alerts.fixture.ts";
import { type JournalNotice, openDurableWriter } from "../../src/journal/durable-writer.ts";
import { idText } from "../../src/journal/id.ts";
import { openReader } from "../../src/journal/read.ts";
import { openWriter } from "../../src/journal/write.ts";
import { type Random, seeded } from "../damaged/random.ts";
import { bitFlips, type Damage, damages } from "./journal-damages.ts";

export interface JournalAttackOptions {
  /** Number of attempts per kind of damage, each with a different seed. */
  readonly seeds: number;
  /** Number of series of bit flips in a journal of 20,000 alerts, with 50 flips each. */
  readonly flips: number;
  /** Called with one line for each failure. The line contains the seed. */
  readonly report?: (line: string) => void;
  /** First seed; default: 1. */
  readonly firstSeed?: number;
  /** Number of alerts in the journals that are damaged by kind; default: 5,000. */
  readonly alerts?: number;
}

export interface JournalAttackResult {
  attempts: number;
  /** Number of attempts in which the writer or a reader threw an error. */
  crashes: number;
  /** Number of attempts in which a call took more than five seconds of processor time. */
  hangs: number;
  /** Number of attempts in which new alerts were lost, too few old alerts were saved, or an alert was changed. */
  lost: number;
}

/** Maximum processor time of a call, in milliseconds. */
const HANG = 5000;
/** Number of seeds that damage the same journal. Journals have different IDs, which change the effect of the damage. */
const PER_MODEL = 5;
/** Number of alerts written after the damage. */
const NEW = 20;

/** Runs all kinds of damage, and series of bit flips. */
export async function attackJournal(options: JournalAttackOptions): Promise<JournalAttackResult> {
  const { seeds, flips, report = () => {}, firstSeed = 1, alerts = 5000 } = options;
  const result: JournalAttackResult = { attempts: 0, crashes: 0, hangs: 0, lost: 0 };
  const folder = mkdtempSync(join(tmpdir(), "eyas-journal-attack-"));
  try {
    const run = async (model: Model, damage: Damage, seed: number): Promise<void> => {
      count(result, attempt(model, damage, seed), (what) => report(`${damage.name}, seed ${seed}: ${what}`));
      await new Promise(setImmediate);
    };
    const withModels = async (name: string, most: number, kinds: readonly Damage[], count: number): Promise<void> => {
      for (let from = firstSeed; from < firstSeed + count; from += PER_MODEL) {
        const model = makeModel(join(folder, `${name}-${from}`), most);
        for (const kind of kinds)
          for (let seed = from; seed < Math.min(from + PER_MODEL, firstSeed + count); seed++)
            await run(model, kind, seed);
        rmSync(model.folder, { recursive: true, force: true });
      }
    };
    await withModels("model", alerts, damages, seeds);
    await withModels("large", 20_000, [bitFlips], flips);
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Outcome {
  readonly crash?: string;
  /** Maximum processor time of a call, in milliseconds. */
  readonly slowest: number;
  readonly problems: readonly string[];
}

function count(result: JournalAttackResult, outcome: Outcome, report: (what: string) => void): void {
  result.attempts++;
  if (outcome.crash !== undefined) {
    result.crashes++;
    report(outcome.crash);
  }
  if (outcome.slowest > HANG) {
    result.hangs++;
    report(`a call took ${outcome.slowest.toFixed(0)} ms`);
  }
  if (outcome.problems.length > 0) {
    result.lost++;
    report(outcome.problems.join("; "));
  }
}

/** An undamaged journal: its files, and its alerts by ID. */
export interface Model {
  readonly folder: string;
  readonly alerts: ReadonlyMap<string, string>;
}

/** Writes a journal with long and short alerts, free pages, and a log that is not in the database yet. */
export function makeModel(folder: string, alerts: number): Model {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "journal.db");
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  const random = seeded(7);
  const known = new Map<string, string>();
  const batch = 500;
  for (let from = 0; from < alerts; from += batch) {
    const entries = Array.from({ length: Math.min(batch, alerts - from) }, (_, i) => varied(from + i, random));
    for (const [i, id] of writer.append(entries).entries())
      if (id !== undefined) known.set(idText(id), textOf(entries[i]));
    writer.setPosition("http", from);
  }
  // Copies the log in the state in which a killed process leaves it.
  for (const suffix of ["", "-wal"]) copyFileSync(file + suffix, join(folder, `killed.db${suffix}`));
  writer.close();
  return { folder, alerts: known };
}

function varied(number: number, random: Random): Entry {
  const long = number % 40 === 0 ? "x".repeat(5000 + random.below(20_000)) : `run ${number}`;
  return entry(
    number,
    { rule: `Rule ${number % 30}`, ...(number % 3 === 0 && { message: `own message ${number}` }) },
    { "proc.cmdline": long, "user.name": `user-${number % 11}`, ...(number % 5 === 0 && { "fd.sport": number }) },
  );
}

function textOf(alert: Pick<Entry, "rule" | "message" | "values" | "names" | "time"> | undefined): string {
  return alert === undefined
    ? ""
    : JSON.stringify([alert.rule, alert.message, alert.names, alert.values, `${alert.time}`]);
}

/** Damages a copy of a journal, uses it, and compares the alerts. */
function attempt(model: Model, damage: Damage, seed: number): Outcome {
  const folder = mkdtempSync(join(tmpdir(), "eyas-journal-attempt-"));
  const file = join(folder, "journal.db");
  let slowest = 0;
  const timed = <T>(work: () => T): T => {
    const before = process.cpuUsage();
    const done = work();
    const { user, system } = process.cpuUsage(before);
    slowest = Math.max(slowest, (user + system) / 1000);
    return done;
  };
  try {
    const source = join(model.folder, damage.isKilled ? "killed.db" : "journal.db");
    for (const suffix of ["", "-wal"]) if (existsSync(source + suffix)) copyFileSync(source + suffix, file + suffix);
    writeFileSync(`${file}.lock`, "");
    const random = seeded(seed);
    const share = damage.apply(file, random) ?? damage.share;
    if (damage.isForeign) return { slowest, problems: foreignProblems(file) };
    timed(() => readAll(file)); // as `eyas alerts` does while the agent is stopped
    const news: JournalNotice[] = [];
    const written = timed(() => useJournal(file, news, timed));
    const found = timed(() => readAll(file));
    return { slowest, problems: problemsOf(model, found, written, share, news) };
  } catch (error) {
    return { crash: error instanceof Error ? `${error.stack}` : String(error), slowest, problems: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Opens a journal, writes alerts, and lets the journal search for damage and recover.
 * @returns the IDs of new alerts
 */
function useJournal(file: string, news: JournalNotice[], timed: <T>(work: () => T) => T): (string | undefined)[] {
  let clock = Date.now();
  const limits = { maxAge: 0, maxSize: 0 };
  const durable = timed(() =>
    openDurableWriter(
      { file, limits, instance: 5 },
      (one) => news.push(one),
      () => clock,
      () => clock,
    ),
  );
  const ids: (string | undefined)[] = [];
  const write = (n: number): void => {
    clock += 1500;
    const answer = timed(() => durable.append([entry(1_000_000 + n, { rule: "New" })]));
    ids.push("ids" in answer ? answer.ids[0] : undefined);
  };
  for (let i = 0; i < NEW / 2; i++) write(i);
  // The search for damage is complete when `watch` has no more work and `isSearched` is set.
  for (let step = 0; step < 2000; step++) if (!timed(() => durable.watch()) && durable.isSearched) break;
  for (let i = NEW / 2; i < NEW; i++) write(i);
  timed(() => durable.close());
  return ids;
}

function readAll(file: string): Map<string, string> {
  const found = new Map<string, string>();
  let reader: ReturnType<typeof openReader>;
  try {
    reader = openReader(file);
  } catch {
    return found; // `eyas alerts` prints the reason in one sentence
  }
  if (reader === undefined) return found;
  try {
    for (const alert of reader.find(undefined, "newest")) found.set(alert.id, textOf(alert));
  } catch (error) {
    if (!(error instanceof Error && "errcode" in error)) throw error;
  } finally {
    reader.close();
  }
  return found;
}

function problemsOf(
  model: Model,
  found: ReadonlyMap<string, string>,
  written: readonly (string | undefined)[],
  share: number,
  news: readonly JournalNotice[],
): string[] {
  const problems: string[] = [];
  const missing = written.filter((id) => id === undefined || !found.has(id)).length;
  if (missing > 0) problems.push(`${missing} of ${NEW} new alerts are lost`);
  let saved = 0;
  let changed = 0;
  for (const [id, text] of model.alerts) {
    const now = found.get(id);
    if (now === undefined) continue;
    if (now === text) saved++;
    else changed++;
  }
  const total = model.alerts.size;
  if (changed > 0) problems.push(`${changed} alerts are changed`);
  const unknown = [...found.keys()].filter((id) => !model.alerts.has(id) && !written.includes(id)).length;
  if (unknown > 0) problems.push(`${unknown} alerts were never written`);
  if (saved < Math.floor(total * share)) problems.push(`${saved} of ${total} alerts saved`);
  const isSaid = news.some(({ kind }) => kind !== "stopped" && kind !== "resumed");
  if (saved < total && !isSaid) problems.push(`${total - saved} alerts are lost without a notice`);
  return problems;
}

/** Checks that a database of another program is neither used nor changed. */
function foreignProblems(file: string): string[] {
  const before = readFileSync(file);
  const news: JournalNotice[] = [];
  useJournal(file, news, (work) => work());
  const problems: string[] = [];
  if (!readFileSync(file).equals(before)) problems.push("the database of another program was changed");
  if (!news.some((one) => one.kind === "stopped")) problems.push("no notice");
  return problems;
}
