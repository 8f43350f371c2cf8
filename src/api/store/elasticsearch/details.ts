import { treeOfFields } from "../journal/behind.ts";
import type { Store } from "../store.ts";
import type { Fleet } from "./fleet.ts";
import { timelineOf } from "./related.ts";

/** One alert: its triage, and what the journal has on it if it is this machine's own. */
export function detailMethods(
  fleet: Fleet,
): Pick<Store, "alert" | "comments" | "responsesTo" | "related" | "explanation" | "setState" | "comment"> {
  const { alerts, triage, local, stored, withId, needed, locally } = fleet;
  return {
    async alert(id) {
      const [alert] = await Promise.all([withId(id), triage.refresh()]);
      if (alert === undefined) return undefined;
      const own = await locally(id, () => local.alert(id));
      return stored(alert, own?.responses);
    },
    comments: (id) => triage.comments(id),
    responsesTo: async (id) => (await locally(id, () => local.responsesTo(id))) ?? [],
    async related(id) {
      const alert = await needed(id);
      const own = await locally(id, () => local.related(id));
      return { tree: own?.tree ?? treeOfFields(alert), timeline: await timelineOf(alerts, alert) };
    },
    explanation: (id) => locally(id, () => local.explanation(id)),
    async setState(id, { state, user, text }) {
      await needed(id);
      await triage.say(id, user, text, state);
    },
    async comment(id, { user, text }) {
      await needed(id);
      await triage.say(id, user, text, undefined);
    },
  };
}
