import type { JournalAlert } from "../../../alert/entry.ts";
import { faultOf, reasonOf } from "../../../journal/fault.ts";
import { ApiError, notFound } from "../../api-error.ts";
import type { StoredAlert } from "../store.ts";
import { type Connection, followJournal } from "./connection.ts";
import { storedAlert, untouched } from "./stored.ts";
import type { Reach } from "./tallies.ts";

/** Maximum number of cached results. Limited because a list of groups can have as many entries as the journal. */
const MAX_CACHED = 12;

/** The journal of this machine, shared by the store's methods. */
export interface OpenJournal {
  /** The connection; undefined if the journal does not exist yet. @throws ApiError */
  connected(): Connection | undefined;
  /** @throws ApiError if the journal does not exist yet */
  required(): Connection;
  /** Sequence number of the alert with this ID. @throws ApiError if no alert has this ID */
  seqOf(connection: Connection, id: string): number;
  stored(connection: Connection, alert: JournalAlert): StoredAlert;
  /** The result of `work`, cached by key until alerts or triage change. A result with a `reach` is incomplete. */
  cached<T extends { readonly reach: Reach }>(connection: Connection, key: unknown, work: () => T): T;
  /** Runs a function that writes to the journal. @throws ApiError */
  write(work: () => void): void;
  close(): void;
}

export function openJournal(file: string): OpenJournal {
  const connections = followJournal(file);
  const recent = new Map<string, { readonly value: unknown; readonly version: string }>();

  function connected(): Connection | undefined {
    try {
      return connections.now();
    } catch (error) {
      throw explained(error, file);
    }
  }

  return {
    connected,
    required() {
      const connection = connected();
      if (connection === undefined) throw new ApiError(503, "no_journal", `The journal at ${file} does not exist yet.`);
      return connection;
    },
    seqOf(connection, id) {
      const seq = connection.seqOf(id);
      if (seq === undefined) throw notFound("Alert not found in the journal.");
      return seq;
    },
    stored(connection, alert) {
      const made = connection.triage.of(alert.seq) ?? untouched;
      const responses = connection.trail?.of(alert.seq).length ?? 0;
      return storedAlert(alert, { ...made, responses });
    },
    cached<T extends { readonly reach: Reach }>(connection: Connection, key: unknown, work: () => T): T {
      const { blocks, triage } = connection;
      const version = `${blocks.from} ${blocks.to} ${blocks.first} ${blocks.version} ${triage.refresh()}`;
      const name = JSON.stringify(key, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
      const known = recent.get(name);
      // Each key is always used with the same `work`.
      if (known?.version === version) return known.value as T;
      const value = work();
      if (value.reach !== undefined) return value; // the next request may count more alerts
      if (recent.size >= MAX_CACHED) recent.clear();
      recent.set(name, { value, version });
      return value;
    },
    write(work) {
      try {
        work();
      } catch (error) {
        throw explained(error, file);
      }
    },
    close: connections.close,
  };
}

function explained(error: unknown, file: string): unknown {
  if (error instanceof ApiError || !(error instanceof Error)) return error;
  const fault = faultOf(error);
  if (fault === "failed" && !("errcode" in error)) return error;
  return new ApiError(503, "journal", `Cannot use the journal at ${file}: ${reasonOf(error)}.`);
}
