import type { Store } from "../store.ts";
import type { OpenJournal } from "./open-journal.ts";
import { relatedTo } from "./related.ts";
import { responseRecord } from "./response-record.ts";

/** One alert: its triage, responses, relations and explanation. */
export function detailMethods(
  journal: OpenJournal,
): Pick<Store, "alert" | "comments" | "responsesTo" | "related" | "explanation" | "setState" | "comment"> {
  const { connected, needed, seqOf, stored, write } = journal;
  return {
    async alert(id) {
      const connection = connected();
      const seq = connection?.seqOf(id);
      const alert = seq === undefined ? undefined : connection?.search.alert(seq);
      return connection === undefined || alert === undefined ? undefined : stored(connection, alert);
    },
    async comments(id) {
      const connection = needed();
      return connection.triage.comments(seqOf(connection, id));
    },
    async responsesTo(id) {
      const connection = needed();
      return (connection.trail?.of(seqOf(connection, id)) ?? []).map((step) => responseRecord(step));
    },
    async related(id) {
      const connection = needed();
      return relatedTo(connection, seqOf(connection, id));
    },
    async explanation(id) {
      const connection = needed();
      return connection.behind.explanation(seqOf(connection, id));
    },
    async setState(id, { state, user, text }) {
      const connection = needed();
      write(() => connection.writer().say(seqOf(connection, id), user, text, state));
    },
    async comment(id, { user, text }) {
      const connection = needed();
      write(() => connection.writer().say(seqOf(connection, id), user, text, undefined));
    },
  };
}
