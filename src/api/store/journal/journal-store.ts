import type { Store } from "../store.ts";
import { activityMethods } from "./activity.ts";
import { bulkMethods } from "./bulk.ts";
import { caseMethods } from "./cases.ts";
import { detailMethods } from "./details.ts";
import { flowMethods } from "./flows.ts";
import { groupMethods } from "./groups.ts";
import { listMethods } from "./lists.ts";
import { machineMethods } from "./machines.ts";
import { openJournal } from "./open-journal.ts";
import { statusMethods } from "./status.ts";
import { summaryMethods } from "./summaries.ts";

/** The journal as the page's store. */
export function journalStore(file: string): Store {
  const journal = openJournal(file);
  const { stop, ...bulk } = bulkMethods(journal);
  return {
    isFleet: false,
    ...statusMethods(journal),
    ...listMethods(journal),
    ...summaryMethods(journal),
    ...groupMethods(journal),
    ...caseMethods(journal),
    ...flowMethods(journal),
    ...detailMethods(journal),
    ...activityMethods(journal),
    ...machineMethods(journal),
    ...bulk,
    close() {
      stop();
      journal.close();
    },
  };
}
