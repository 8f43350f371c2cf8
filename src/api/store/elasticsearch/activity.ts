import { limitRate } from "../../../server/rate.ts";
import { ApiError } from "../../api-error.ts";
import type { Store } from "../store.ts";
import { invalidCursor } from "./cursor.ts";
import type { Fleet } from "./fleet.ts";

const NO_BULK =
  "Bulk changes are supported only for the journal, because the web UI keeps at most 50,000 states of a fleet's alerts. Select the alerts in the list instead.";

/** Methods for the audit log and state changes. */
export function activityMethods(
  fleet: Fleet,
): Pick<Store, "addAuditEntry" | "audit" | "changesAfter" | "changeAll" | "bulkChange" | "undoBulk"> {
  const { triage } = fleet;
  // Entries without a user are failed sign-ins. At most one of these entries is written per second.
  const failedSignIns = limitRate(1);
  const unsupported = async (): Promise<never> => {
    throw new ApiError(501, "unsupported", NO_BULK);
  };
  return {
    changeAll: unsupported,
    undoBulk: unsupported,
    bulkChange: async () => undefined,
    async addAuditEntry(entry) {
      if (entry.user === "" && failedSignIns.delay("") > 0) return;
      await triage.addAuditEntry(entry);
    },
    async audit({ limit, cursor }) {
      if (cursor !== undefined && !/^[0-9a-f-]{36}$/.test(cursor)) throw invalidCursor();
      const found = await triage.audit(limit, cursor);
      return {
        entries: found.map(({ key: _, ...entry }) => entry),
        next: found.length === limit ? (found.at(-1)?.key ?? null) : null,
      };
    },
    async changesAfter(number) {
      await triage.refresh();
      return number < 0 ? { changes: [], number: triage.changesAfter(0).number } : triage.changesAfter(number);
    },
  };
}
