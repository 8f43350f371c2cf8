import type { Store } from "../store.ts";
import { numberIn } from "./cursor.ts";
import type { OpenJournal } from "./open-journal.ts";
import { responseRecord } from "./response-record.ts";
import { MAX_CHANGES } from "./triage.ts";

/** Responses, the audit log and state changes. */
export function activityMethods(
  journal: OpenJournal,
): Pick<Store, "responses" | "addAuditEntry" | "audit" | "changesAfter"> {
  const { connected, write } = journal;
  return {
    async responses(filter, { limit, cursor }) {
      const { trail } = connected() ?? {};
      const since = filter.since === undefined ? undefined : Number(filter.since / 1_000_000n);
      const before = numberIn(cursor);
      const steps =
        trail?.page({ ...(since !== undefined && { since }), ...(before !== undefined && { before }) }, limit) ?? [];
      return {
        responses: steps.map((step) => responseRecord(step, step.alert)),
        next: steps.length === limit ? String(steps.at(-1)?.id) : null,
      };
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
      return { changes, number: last?.number ?? now };
    },
  };
}
