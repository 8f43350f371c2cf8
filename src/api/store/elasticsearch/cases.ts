import { caseActions } from "../../filter/case.ts";
import type { Store } from "../store.ts";
import type { Fleet } from "./fleet.ts";
import { textAt } from "./json.ts";

/** Methods for cases, which are collections of alerts and groups. Cases are stored in the triage index. */
export function caseMethods({ triage }: Fleet): Pick<Store, "caseChanges" | "changeCase"> {
  return {
    async caseChanges(id) {
      if (id !== undefined && !/^[0-9a-f-]{36}$/.test(id)) return [];
      const documents = id === undefined ? triage.caseSummaries() : triage.caseDocuments(id);
      return (await documents).flatMap((source) => {
        const text = (name: string): string => textAt(source, name);
        const action = caseActions.find((each) => each === text("action"));
        if (action === undefined) return [];
        return [
          {
            ...{ id: text("alert") || text("key"), time: text("time"), user: text("user"), action },
            ...{ value: text("target"), text: text("text") },
          },
        ];
      });
    },
    async changeCase({ id, user, action, value: target, text }) {
      const key = await triage.writeCase({ ...(id !== undefined && { alert: id }), user, action, target, text });
      return id ?? key;
    },
  };
}
