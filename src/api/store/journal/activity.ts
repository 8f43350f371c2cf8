import type { LoggedAction } from "../../../journal/action-log.ts";
import { alertTest } from "../../../query/match.ts";
import type { Filter } from "../../filter/filter.ts";
import type { ResponseRecord, Store } from "../store.ts";
import type { Connection } from "./connection.ts";
import { numberIn } from "./cursor.ts";
import type { OpenJournal } from "./open-journal.ts";
import { responseRecord } from "./response-record.ts";
import { MAX_CHANGES } from "./triage.ts";

/** Milliseconds after which a search for responses returns the responses found so far. */
const TIME_LIMIT = 200;
/** Minimum number of actions per read. */
const STEP = 100;

/** Methods for responses, the audit log and state changes. */
export function activityMethods(
  journal: OpenJournal,
): Pick<Store, "responses" | "suspended" | "addAuditEntry" | "audit" | "changesAfter"> {
  const { connected, write } = journal;
  return {
    async responses(filter, { limit, cursor }) {
      let before = numberIn(cursor);
      const connection = connected();
      if (connection?.trail === undefined) return { responses: [], next: null };
      const times = {
        ...(filter.since !== undefined && { since: Number(filter.since / 1_000_000n) }),
        ...(filter.until !== undefined && { until: Number(filter.until / 1_000_000n) }),
      };
      const test = alertTestFor(connection, filter);
      const most = Math.max(limit, STEP);
      const end = performance.now() + TIME_LIMIT;
      const responses: ResponseRecord[] = [];
      for (;;) {
        const steps = connection.trail.page({ ...times, ...(before !== undefined && { before }) }, most);
        for (const step of steps) {
          before = step.id;
          if (test(step)) responses.push(responseRecord(step, step.alert));
          if (responses.length === limit) return { responses, next: String(before) };
        }
        if (steps.length < most) return { responses, next: null };
        if (performance.now() > end) return { responses, next: String(before) };
      }
    },
    // Read by the page instead of the agent, because the agent's thread evaluates events.
    async suspended() {
      const steps = connected()?.trail?.suspended() ?? [];
      return steps
        .filter(({ undoneBy }) => undoneBy !== undefined)
        .map(({ id, time, target = "", action, response }) => ({
          ...{ id: String(id), time: new Date(time).toISOString() },
          ...{ target, action, response },
        }));
    },
    async addAuditEntry(entry) {
      const connection = connected();
      if (connection !== undefined) write(() => connection.writer().addAuditEntry(entry));
    },
    async audit({ limit, cursor }) {
      const found = connected()?.triage.audit(limit, numberIn(cursor)) ?? [];
      return {
        entries: found.map(({ id: _, ...entry }) => entry),
        next: found.length === limit ? String(found.at(-1)?.id) : null,
      };
    },
    async changesAfter(number) {
      const connection = connected();
      if (connection === undefined) return { changes: [], number };
      const now = connection.triage.refresh();
      if (number < 0 || now <= number) return { changes: [], number: now };
      const found = connection.triage.after(number);
      const changes = found.flatMap(({ seq, state, user }) => {
        const id = connection.search.alert(seq)?.id;
        return id === undefined || state === undefined ? [] : [{ id, state, user }];
      });
      const last = found.length === MAX_CHANGES ? found.at(-1) : undefined; // the next read returns the others
      const to = last?.number ?? now;
      const bulk = connection.triage.bulkAfter(number, to);
      return { changes, number: to, ...(bulk !== undefined && { bulk }) };
    },
  };
}

/** Tests the alert of an action. An action whose alert was deleted matches only if there are no conditions. */
function alertTestFor({ search, triage }: Connection, filter: Filter): (step: LoggedAction) => boolean {
  const { words, condition, state } = filter;
  const tests = [...words, ...(condition === undefined ? [] : [condition])].map((query) => alertTest(query));
  if (tests.length === 0 && state === undefined) return () => true;
  return ({ seq }) => {
    const alert = search.alert(seq);
    if (alert === undefined || !tests.every((test) => test(alert))) return false;
    return state === undefined || (triage.of(seq)?.state ?? "open") === state;
  };
}
