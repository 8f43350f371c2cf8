import { type State, states } from "../../filter/filter.ts";
import { SIZE } from "./block.ts";

/** The triage of an alert. */
export interface AlertTriage {
  readonly state: State;
  readonly assignee: string;
  readonly comments: number;
}

/** Maximum number of alerts with triage in a map. Above this number, a block uses arrays. */
const FEW = SIZE / 16;
/** Maximum number of distinct values in a block before unused values are removed. */
const MAX_KINDS = 4 * SIZE;

/**
 * The triage of the alerts of a block. Uses three bytes per alert, because automatic closing and bulk changes can
 * affect all alerts. A block in which few alerts have triage uses a map.
 */
export class TriageBlock {
  private few: Map<number, AlertTriage> | undefined = new Map();
  /** Index in {@link kinds} plus one, by row; 0 for rows without triage. */
  private readonly rows: Uint16Array;
  private readonly codes: Uint8Array;
  private kinds: AlertTriage[] = [];
  private readonly numbers = new Map<string, number>();

  private constructor(isLarge: boolean) {
    this.rows = new Uint16Array(isLarge ? SIZE : 0);
    this.codes = new Uint8Array(isLarge ? SIZE : 0);
    if (isLarge) this.few = undefined;
  }

  /** A block with the given triage, as a map or as arrays. @param entries rows with their triage */
  static of(entries: readonly (readonly [row: number, triage: AlertTriage])[]): TriageBlock {
    const block = new TriageBlock(entries.length > FEW);
    for (const [row, value] of entries) block.put(row, value);
    return block;
  }

  get(row: number): AlertTriage | undefined {
    return this.few === undefined ? this.kinds[(this.rows[row] ?? 0) - 1] : this.few.get(row);
  }

  /** Sets the triage of a row. @returns the block that replaces this block */
  set(row: number, value: AlertTriage): TriageBlock {
    this.put(row, value);
    const isTooLarge = this.few === undefined ? this.kinds.length > MAX_KINDS : this.few.size > FEW;
    return isTooLarge ? TriageBlock.of([...this.entries()]) : this;
  }

  /** The states of the alerts, as indexes of {@link states}; undefined if all are open. */
  get states(): Uint8Array | undefined {
    if (this.few === undefined) return this.codes;
    let codes: Uint8Array | undefined;
    for (const [row, { state }] of this.few) {
      if (state === "open") continue;
      codes ??= new Uint8Array(SIZE);
      codes[row] = states.indexOf(state);
    }
    return codes;
  }

  /** The rows with triage. */
  *entries(): Generator<readonly [row: number, triage: AlertTriage]> {
    if (this.few !== undefined) return yield* this.few;
    for (const [row, number] of this.rows.entries()) {
      const value = this.kinds[number - 1];
      if (value !== undefined) yield [row, value];
    }
  }

  private put(row: number, value: AlertTriage): void {
    if (this.few !== undefined) {
      this.few.set(row, value);
      return;
    }
    const { state, assignee, comments } = value;
    const key = `${state} ${comments} ${assignee}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.kinds.push(value);
      this.numbers.set(key, number);
    }
    this.rows[row] = number;
    this.codes[row] = states.indexOf(state);
  }
}
