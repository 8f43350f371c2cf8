import { treeOfFields } from "../journal/backgrounds.ts";
import type { Store } from "../store.ts";
import type { Fleet } from "./fleet.ts";
import { incidentAround } from "./incident.ts";
import { timelineOf } from "./related.ts";

/** Methods for details of alerts: triage and, for alerts of this machine, the details in the journal. */
export function detailMethods(
  fleet: Fleet,
): Pick<Store, "alert" | "comments" | "responsesTo" | "related" | "incident" | "explanation" | "setState" | "comment"> {
  const { alerts, triage, local, stored, withId, required, inJournal } = fleet;
  return {
    async alert(id) {
      const [alert] = await Promise.all([withId(id), triage.refresh()]);
      if (alert === undefined) return undefined;
      const own = await inJournal(id, () => local.alert(id));
      return stored(alert, own?.responses);
    },
    comments: (id) => triage.comments(id),
    responsesTo: async (id) => (await inJournal(id, () => local.responsesTo(id))) ?? [],
    async related(id) {
      const alert = await required(id);
      const own = await inJournal(id, () => local.related(id));
      return { tree: own?.tree ?? treeOfFields(alert), ...(await timelineOf(alerts, alert)) };
    },
    async incident(id) {
      const alert = await required(id);
      return (await inJournal(id, () => local.incident(id))) ?? incidentAround(alerts, alert);
    },
    explanation: (id) => inJournal(id, () => local.explanation(id)),
    async setState(id, { state, user, text }) {
      await required(id);
      await triage.comment(id, user, text, state);
    },
    async comment(id, { user, text }) {
      await required(id);
      await triage.comment(id, user, text, undefined);
    },
  };
}
