import { signal } from "@preact/signals";
import type { State } from "../../src/api/filter/state.ts";
import type { Alert } from "../../src/api/schemas/alert.ts";
import { api } from "../api/client.ts";
import type { Filter } from "../filter/filter.ts";
import { messageOf } from "../shell/resource.ts";

/** Alerts fetched at once. */
const PAGE = 250;
/** Pages whose alerts are kept around those that are looked at; others keep their place and are fetched again. */
const PAGES_KEPT = 12;
/** Alerts put before the first page as they came in; beyond that the list begins anew. */
const MAX_NEW = 5000;

interface Page {
  /** Undefined: the first page. */
  readonly cursor: string | undefined;
  /** Its first row's place among all pages' rows. */
  readonly start: number;
  readonly count: number;
  rows: Alert[] | undefined;
  waiting: boolean;
}

/**
 * The alerts that a filter lets through, newest first: as many as were scrolled to, in bounded memory. What happens
 * while one looks is put in front, or waits until it is asked for.
 */
export class AlertRows {
  private readonly filter: Filter;
  private pages: Page[] = [];
  private next: string | null | undefined;
  private newest: Alert[] = [];
  private known = new Set<string>();
  private total = 0;
  private fetching = false;
  private readonly controller = new AbortController();

  /** Grows whenever rows changed. */
  readonly version = signal(0);
  /** How many came in and are not shown yet. */
  readonly pendingCount = signal(0);
  /** New alerts that are not shown yet; fewer than {@link pendingCount} where there are too many to keep. */
  private pending: readonly Alert[] = [];
  readonly failure = signal<string | undefined>(undefined);
  /** Whether there may be older ones that were not fetched yet. */
  readonly more = signal(true);

  constructor(filter: Filter) {
    this.filter = filter;
  }

  get length(): number {
    return this.newest.length + this.total;
  }

  /** The alert of a row; undefined where it has to be fetched first: see {@link setViewport}. */
  at(index: number): Alert | undefined {
    if (index < this.newest.length) return this.newest[index];
    const found = this.pageOf(index);
    return found?.page.rows?.[index - found.first];
  }

  indexOf(id: string): number {
    const inFront = this.newest.findIndex((alert) => alert.id === id);
    if (inFront >= 0) return inFront;
    for (const { rows, start } of this.pages) {
      const at = rows?.findIndex((alert) => alert.id === id) ?? -1;
      if (at >= 0) return this.newest.length + start + at;
    }
    return -1;
  }

  private pageOf(index: number): { page: Page; number: number; first: number } | undefined {
    const place = index - this.newest.length;
    if (place < 0 || place >= this.total) return undefined;
    let low = 0;
    let high = this.pages.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pages[middle].start <= place) low = middle;
      else high = middle - 1;
    }
    return { page: this.pages[low], number: low, first: this.newest.length + this.pages[low].start };
  }

  /** Says which rows are looked at: fetches what is missing there and ahead, and lets go of what is far. */
  setViewport(first: number, last: number): void {
    const top = this.pageOf(first)?.number ?? 0;
    const foot = this.pageOf(last)?.number ?? this.pages.length - 1;
    for (let number = 0; number < this.pages.length; number++) {
      const page = this.pages[number];
      if (number >= top && number <= foot) void this.refetch(page);
      else if (number < top - PAGES_KEPT || number > foot + PAGES_KEPT) page.rows = undefined;
    }
    if (last + PAGE / 2 >= this.length) void this.fetchMore();
  }

  async fetchMore(): Promise<void> {
    if (this.fetching || !this.more.peek()) return;
    this.fetching = true;
    try {
      const cursor = this.next ?? undefined;
      const { alerts, next } = await this.fetchPage(cursor);
      // What came in meanwhile may be in the first page as well.
      const fresh = cursor === undefined ? alerts.filter(({ id }) => !this.known.has(id)) : alerts;
      for (const { id } of fresh) if (this.pages.length === 0) this.known.add(id);
      this.next = next;
      this.more.value = next !== null;
      if (fresh.length > 0) {
        this.pages.push({ cursor, start: this.total, count: fresh.length, rows: [...fresh], waiting: false });
        this.total += fresh.length;
      }
      this.failure.value = undefined;
      this.version.value++;
      if (fresh.length === 0 && next !== null) queueMicrotask(() => void this.fetchMore());
    } catch (error) {
      if (!this.controller.signal.aborted) this.failure.value = messageOf(error);
    } finally {
      this.fetching = false;
    }
  }

  private async refetch(page: Page): Promise<void> {
    if (page.rows !== undefined || page.waiting) return;
    page.waiting = true;
    try {
      const { alerts } = await this.fetchPage(page.cursor);
      page.rows = alerts.slice(-page.count);
      this.version.value++;
    } catch (error) {
      if (!this.controller.signal.aborted) this.failure.value = messageOf(error);
    } finally {
      page.waiting = false;
    }
  }

  private fetchPage(cursor: string | undefined): ReturnType<typeof api.alerts> {
    return api.alerts(this.filter, { limit: PAGE, ...(cursor !== undefined && { cursor }) }, this.controller.signal);
  }

  /** An alert that came in: shown at once, or kept back so that nothing moves under the reader. */
  add(alerts: readonly Alert[], show: boolean): void {
    const fresh = alerts.filter(({ id }) => !this.known.has(id)).reverse();
    if (fresh.length === 0) return;
    for (const { id } of fresh) this.known.add(id);
    if (!show) {
      this.pendingCount.value += fresh.length;
      if (this.pendingCount.value <= MAX_NEW) this.pending = [...fresh, ...this.pending];
      return;
    }
    this.newest = [...fresh, ...this.newest];
    this.version.value++;
  }

  /** Asks for what came in between the first page and the connection that tells of news. */
  async catchUp(show: boolean): Promise<void> {
    try {
      const { alerts } = await this.fetchPage(undefined);
      this.add([...alerts].reverse(), show);
    } catch (error) {
      if (!this.controller.signal.aborted) this.failure.value = messageOf(error);
    }
  }

  /** Whether so many alerts came in that the list is to be fetched again. */
  get isTooLong(): boolean {
    return this.newest.length > MAX_NEW;
  }

  /** Shows what waits; false where that was too much to keep, and the list has to begin anew. */
  showPending(): boolean {
    if (this.pending.length < this.pendingCount.value) return false;
    this.newest = [...this.pending, ...this.newest];
    this.pending = [];
    this.pendingCount.value = 0;
    this.version.value++;
    return true;
  }

  /** A new state of an alert, set here or elsewhere. */
  setState(id: string, state: State): void {
    const changed = (rows: Alert[] | undefined): void => {
      const at = rows?.findIndex((alert) => alert.id === id) ?? -1;
      if (rows !== undefined && at >= 0) rows[at] = { ...rows[at], state };
    };
    changed(this.newest);
    for (const { rows } of this.pages) changed(rows);
    this.version.value++;
  }

  /** Gives up what is on its way. */
  close(): void {
    this.controller.abort();
  }
}
