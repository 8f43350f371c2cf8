import type { Store } from "../store.ts";
import { incidentAround } from "./incident.ts";
import type { OpenJournal } from "./open-journal.ts";
import { relatedTo } from "./related.ts";
import { responseRecord } from "./response-record.ts";

/** Methods for details of alerts: triage, responses, related alerts and explanations. */
export function detailMethods(
  journal: OpenJournal,
): Pick<Store, "alert" | "comments" | "responsesTo" | "related" | "incident" | "explanation" | "setState" | "comment"> {
  const { connected, required, seqOf, stored, write } = journal;
  return {
    async alert(id) {
      const connection = connected();
      const seq = connection?.seqOf(id);
      const alert = seq === undefined ? undefined : connection?.search.alert(seq);
      return connection === undefined || alert === undefined ? undefined : stored(connection, alert);
    },
    async comments(id) {
      const connection = required();
      return connection.triage.comments(seqOf(connection, id));
    },
    async responsesTo(id) {
      const connection = required();
      return (connection.trail?.of(seqOf(connection, id)) ?? []).map((step) => responseRecord(step));
    },
    async related(id) {
      const connection = required();
      return relatedTo(connection, seqOf(connection, id));
    },
    async incident(id) {
      const connection = required();
      return incidentAround(connection, seqOf(connection, id));
    },
    async explanation(id) {
      const connection = required();
      return connection.backgrounds.explanation(seqOf(connection, id));
    },
    async setState(id, { state, user, text }) {
      const connection = required();
      write(() => connection.writer().comment(seqOf(connection, id), user, text, state));
    },
    async comment(id, { user, text }) {
      const connection = required();
      write(() => connection.writer().comment(seqOf(connection, id), user, text, undefined));
    },
  };
}
