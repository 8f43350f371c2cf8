import { signal } from "@preact/signals";
import type { State } from "../../src/api/filter/state.ts";
import type { Alert } from "../../src/api/schemas/alert.ts";
import { api } from "../../ui-shared/api/client.ts";
import type { Filter } from "../../ui-shared/filter/filter.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { newestOf } from "./newest.ts";
import type { Order } from "./order.ts";
import { keepRows, pageNumberAt, type RowPage } from "./row-pages.ts";

/** Number of alerts per page. */
const PAGE = 250;
/**
 * Number of pages kept in memory before and after the visible pages. Other pages are fetched again when needed. The
 * first page is always kept, since it has no cursor: a request would return newer alerts.
 */
const PAGES_KEPT = 12;
/**
 * Maximum number of new alerts above the first page, or below the last one. Above this limit, the list is fetched
 * again.
 */
const MAX_NEW = 5000;

/**
 * Alerts that match a filter, fetched page by page. Only pages near the visible rows are kept in memory.
 *
 * If the newest alert is first, new alerts are inserted at the top, or stay pending until {@link showPending}. If the
 * oldest alert is first, new alerts are added at the end after all earlier ones have been fetched.
 */
export class AlertRows {
  private readonly filter: Filter;
  private readonly order: Order;
  private pages: RowPage[] = [];
  private next: string | null | undefined;
  private newest: Alert[] = [];
  private known = new Set<string>();
  private total = 0;
  /** The request for the next page. */
  private running: Promise<void> | undefined;
  /** Numbers of the first and the last visible page. */
  private visible: readonly [number, number] = [0, 0];
  private controller = new AbortController();
  private follow: string | undefined;
  /**
   * New alerts that arrived during the current request and that the fetched page may lack. Used only if the oldest
   * alert is first.
   */
  private late: Alert[] = [];
  /** Number of new alerts that were added at the end. */
  private appended = 0;
  /** ID of the newest alert when the list was loaded. Used only if the oldest alert is first. */
  private newestAtStart: string | undefined;

  /** Incremented whenever the rows change. */
  readonly version = signal(0);
  /** Number of new alerts that are not shown yet. */
  readonly pendingCount = signal(0);
  /** New alerts that are not shown yet. Alerts beyond {@link MAX_NEW} are only counted in {@link pendingCount}. */
  private pending: Alert[] = [];
  readonly failure = signal<string | undefined>(undefined);
  /** Whether there may be older alerts to fetch. */
  readonly more = signal(true);

  constructor(filter: Filter, order: Order = "newest") {
    this.filter = filter;
    this.order = order;
  }

  get length(): number {
    return this.newest.length + this.total;
  }

  /** Returns the alert of a row; undefined until {@link setViewport} has fetched it. */
  at(index: number): Alert | undefined {
    if (index < this.newest.length) return this.newest[index];
    const found = this.pageOf(index);
    return found?.page.rows?.[index - found.first];
  }

  /** The alerts in memory, except pending alerts. */
  loaded(): readonly Alert[] {
    return [this.newest, ...this.pages.map(({ rows }) => rows ?? [])].flat();
  }

  indexOf(id: string): number {
    const newestIndex = this.newest.findIndex((alert) => alert.id === id);
    if (newestIndex >= 0) return newestIndex;
    for (const { rows, start } of this.pages) {
      const at = rows?.findIndex((alert) => alert.id === id) ?? -1;
      if (at >= 0) return this.newest.length + start + at;
    }
    return -1;
  }

  private pageOf(index: number): { page: RowPage; number: number; first: number } | undefined {
    const offset = index - this.newest.length;
    if (offset < 0 || offset >= this.total) return undefined;
    const number = pageNumberAt(this.pages, offset);
    const page = this.pages[number];
    return page === undefined ? undefined : { page, number, first: this.newest.length + page.start };
  }

  /** Number of the page of a row: the first page for new alerts above it, the last page for rows below the end. */
  private pageNumberOf(index: number): number {
    if (index < this.newest.length) return 0;
    return this.pageOf(index)?.number ?? this.pages.length - 1;
  }

  /**
   * Sets the visible rows. Fetches missing pages in this range, and the next page if the end is near. Drops distant
   * pages.
   */
  setViewport(first: number, last: number): void {
    const top = this.pageNumberOf(first);
    const foot = this.pageNumberOf(last);
    this.visible = [top, foot];
    for (const [number, page] of this.pages.entries()) {
      if (number >= top && number <= foot) {
        if (page.rows === undefined) void this.refetch(page);
      } else if (page.cursor !== undefined && (number < top - PAGES_KEPT || number > foot + PAGES_KEPT))
        page.rows = undefined;
    }
    if (last + PAGE / 2 >= this.length) void this.fetchMore();
  }

  /**
   * Fetches the first page, unless it has been fetched.
   * @returns where the event stream must start, so that it sends all later alerts and state changes; undefined if it
   * may have missed some, which must then be fetched with {@link catchUp}
   */
  async begin(): Promise<string | undefined> {
    if (this.pages.length > 0) return undefined;
    if (this.order === "oldest") await this.fetchNewestId();
    await this.fetchMore();
    return this.follow;
  }

  private async fetchNewestId(): Promise<void> {
    const { controller } = this;
    try {
      const { alerts } = await api.alerts(this.filter, { limit: 1 }, controller.signal);
      if (controller === this.controller) this.newestAtStart = alerts[0]?.id;
    } catch (error) {
      if (!controller.signal.aborted) this.failure.value = messageOf(error);
    }
  }

  /** ID of the newest alert of the list. If the oldest alert is first, that alert may not have been fetched yet. */
  newestId(): string | undefined {
    const ids = this.loaded().map(({ id }) => id);
    return newestOf(this.newestAtStart === undefined ? ids : [...ids, this.newestAtStart]);
  }

  /** Fetches the next page, unless it is being fetched. */
  fetchMore(): Promise<void> {
    if (this.running !== undefined || !this.more.peek()) return this.running ?? Promise.resolve();
    const running = this.fetchNext().finally(() => {
      if (this.running === running) this.running = undefined;
    });
    this.running = running;
    return running;
  }

  private async fetchNext(): Promise<void> {
    const { controller } = this;
    this.late = [];
    try {
      const cursor = this.next ?? undefined;
      const { alerts, next, follow } = await this.fetchPage(cursor);
      if (controller !== this.controller) return;
      this.follow ??= follow;
      // The first page may contain alerts that have already been added as new alerts.
      const fresh = cursor === undefined ? alerts.filter(({ id }) => !this.known.has(id)) : alerts;
      for (const { id } of fresh) if (this.pages.length === 0) this.known.add(id);
      this.next = next;
      this.more.value = next !== null;
      if (fresh.length > 0) {
        this.pages.push({ cursor, start: this.total, count: fresh.length, rows: [...fresh], loading: false });
        this.total += fresh.length;
      }
      if (next === null && this.order === "oldest") this.endReached(alerts);
      this.failure.value = undefined;
      this.version.value++;
      if (fresh.length === 0 && next !== null) setTimeout(() => void this.fetchMore());
    } catch (error) {
      if (!controller.signal.aborted) this.failure.value = messageOf(error);
    }
  }

  private async refetch(page: RowPage): Promise<void> {
    if (page.loading) return;
    page.loading = true;
    const { controller } = this;
    try {
      // The server may return more or fewer alerts than before, since a search ends at a time limit.
      const rows: Alert[] = [];
      let cursor = page.cursor;
      do {
        const { alerts, next } = await this.fetchPage(cursor);
        rows.push(...alerts);
        cursor = next ?? undefined;
      } while (rows.length < page.count && cursor !== undefined);
      page.rows = rows.slice(0, page.count);
      this.version.value++;
    } catch (error) {
      if (!controller.signal.aborted) this.failure.value = messageOf(error);
    } finally {
      if (controller === this.controller) page.loading = false;
    }
  }

  private fetchPage(cursor: string | undefined): ReturnType<typeof api.alerts> {
    const { order } = this;
    return api.alerts(
      this.filter,
      { limit: PAGE, ...(order === "oldest" && { order }), ...(cursor !== undefined && { cursor }) },
      this.controller.signal,
    );
  }

  /** Continues with new alerts after the last page. */
  private endReached(lastPage: readonly Alert[]): void {
    for (const { id } of lastPage) this.known.add(id);
    this.append(this.late);
    this.late = [];
  }

  /** Adds new alerts at the end, unless earlier alerts have not been fetched: a later page then contains them. */
  private append(alerts: readonly Alert[]): void {
    if (this.running !== undefined && this.more.peek()) this.late.push(...alerts);
    if (this.more.peek()) return;
    const fresh = alerts.filter(({ id }) => !this.known.has(id));
    if (fresh.length === 0) return;
    for (const { id } of fresh) this.known.add(id);
    let last = this.pages.at(-1);
    if (last === undefined) {
      last = { cursor: undefined, start: 0, count: 0, rows: [], loading: false };
      this.pages.push(last);
    }
    last.rows?.push(...fresh);
    last.count += fresh.length;
    this.total += fresh.length;
    this.appended += fresh.length;
    this.version.value++;
  }

  /**
   * Adds new alerts. At the top, they are shown immediately, or stay pending so that rows do not move while the user
   * reads.
   */
  add(alerts: readonly Alert[], show: boolean): void {
    if (this.order === "oldest") {
      this.append(alerts);
      return;
    }
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

  /**
   * Fetches alerts raised after the first page was fetched and before the event stream connected. Also updates known
   * alerts, whose states may have changed.
   * @returns false if there are too many new alerts; the list must then be fetched again
   */
  async catchUp(show: boolean): Promise<boolean> {
    if (this.order === "oldest") return this.catchUpAtEnd();
    const { controller } = this;
    try {
      const wasEmpty = this.known.size === 0;
      const { alerts, next } = await this.fetchNewest();
      if (!wasEmpty && next !== null && !alerts.some(({ id }) => this.known.has(id))) return false;
      const byId = new Map(alerts.map((alert) => [alert.id, alert]));
      this.update((alert) => byId.get(alert.id) ?? alert);
      // The fetched alerts include all alerts of the first page that still match the filter.
      const shown = [this.newest, this.pending, this.pages[0]?.rows ?? []].flat();
      this.remove(new Set(shown.map(({ id }) => id).filter((id) => !byId.has(id))));
      // If alerts no longer match the filter, older alerts have moved up. These belong to the next pages.
      const end = alerts.findLastIndex(({ id }) => this.known.has(id)) + 1;
      const isWhole = end === 0 || (this.pages.length < 2 && !this.more.peek());
      this.add((isWhole ? alerts : alerts.slice(0, end)).toReversed(), show);
      this.refresh();
    } catch (error) {
      if (!controller.signal.aborted) this.failure.value = messageOf(error);
    }
    return true;
  }

  private async catchUpAtEnd(): Promise<boolean> {
    const { controller } = this;
    try {
      let cursor = this.pages.at(-1)?.cursor;
      while (!this.more.peek() && !this.isTooLong) {
        const { alerts, next } = await this.fetchPage(cursor);
        this.append(alerts);
        if (next === null) break;
        cursor = next;
      }
      this.refresh();
    } catch (error) {
      if (!controller.signal.aborted) this.failure.value = messageOf(error);
    }
    return !this.isTooLong;
  }

  /** Fetches the alerts down to the end of the known first page. Stops after one page if all of its alerts are new. */
  private async fetchNewest(): Promise<Awaited<ReturnType<typeof api.alerts>>> {
    const above = this.newest.length + this.pending.length + (this.pages[0]?.count ?? 0);
    const alerts: Alert[] = [];
    for (let cursor: string | undefined; ; ) {
      const { alerts: some, next } = await this.fetchPage(cursor);
      alerts.push(...some);
      const first = alerts.findIndex(({ id }) => this.known.has(id));
      const wanted = above === 0 ? 0 : first < 0 ? PAGE : above + first;
      if (next === null || alerts.length >= wanted) return { alerts, next };
      cursor = next;
    }
  }

  /** Fetches the visible pages again and drops the others, except the first page if new alerts are above it. */
  private refresh(): void {
    const [top, foot] = this.visible;
    for (const [number, page] of this.pages.entries()) {
      if (page.cursor === undefined && this.order === "newest") continue;
      if (number >= top && number <= foot) void this.refetch(page);
      else page.rows = undefined;
    }
  }

  /** Whether the list must be fetched again because there are too many new alerts. */
  get isTooLong(): boolean {
    return this.newest.length > MAX_NEW || this.appended > MAX_NEW;
  }

  /** Shows pending alerts. Returns false if some were dropped; the list must then be fetched again. */
  showPending(): boolean {
    if (this.pending.length < this.pendingCount.value) return false;
    this.newest = [...this.pending, ...this.newest];
    this.pending = [];
    this.pendingCount.value = 0;
    this.version.value++;
    return true;
  }

  /** Returns the state of an alert; `open` if the alert is no longer in memory. */
  readonly stateOf = (id: string): State => this.at(this.indexOf(id))?.state ?? "open";

  /**
   * Updates the state of an alert after any user has changed it. Removes the alert if it no longer matches the filter.
   * @returns the index of the removed row; -1 if no row was removed
   */
  setState(id: string, state: State): number {
    if (this.filter.state === "" || this.filter.state === state) {
      this.update((alert) => (alert.id === id ? { ...alert, state } : alert));
      return -1;
    }
    const index = this.indexOf(id);
    this.remove(new Set([id]));
    return index;
  }

  private remove(ids: ReadonlySet<string>): void {
    if (ids.size === 0) return;
    const isKept = ({ id }: Alert): boolean => !ids.has(id);
    this.newest = this.newest.filter(isKept);
    const pending = this.pending.filter(isKept);
    this.pendingCount.value -= this.pending.length - pending.length;
    this.pending = pending;
    this.total = keepRows(this.pages, isKept);
    this.version.value++;
  }

  /** Replaces alerts in memory. */
  private update(updated: (alert: Alert) => Alert): void {
    for (const rows of [this.newest, this.pending, ...this.pages.map((page) => page.rows ?? [])])
      for (const [i, alert] of rows.entries()) rows[i] = updated(alert);
    this.version.value++;
  }

  /** Cancels pending requests. The rows can be used again, for example after the user has gone back to the list. */
  close(): void {
    this.controller.abort();
    this.controller = new AbortController();
    this.running = undefined;
    for (const page of this.pages) page.loading = false;
  }
}
