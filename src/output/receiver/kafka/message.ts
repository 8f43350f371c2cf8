import type { Alert } from "../../../alert/alert.ts";
import { factsOf } from "../../alert-facts.ts";
import { eventJson, milliseconds } from "../../facts.ts";

/** An alert as a message of Kafka. */
export interface KafkaMessage {
  readonly alert: Alert;
  /** The alert's host; null for any partition. */
  readonly key: string | null;
  readonly value: string;
  readonly headers: { readonly uuid: string };
  /** Time of the alert: milliseconds since the epoch. */
  readonly time: number;
  /** Maximum bytes of the record with key, headers and all lengths, before compression. */
  readonly size: number;
}

/** Largest encoding of attributes (1 byte), lengths (5 each), offset (5) and timestamp (10) of a record. */
const AROUND_RECORD = 1 + 5 + 5 + 10;
/** Key, value and header are each preceded by their length. */
const LENGTH = 5;

export function messageOf(alert: Alert, keyed: boolean): KafkaMessage {
  const facts = factsOf(alert);
  const key = keyed ? facts.hostname : null;
  const value = eventJson(facts);
  const headers = { uuid: facts.id };
  const header = LENGTH + LENGTH + "uuid".length + LENGTH + facts.id.length;
  const size = AROUND_RECORD + LENGTH + Buffer.byteLength(key ?? "") + LENGTH + Buffer.byteLength(value) + header;
  return { alert, key, value, headers, time: milliseconds(alert), size };
}

/** Groups messages in order by size; one beyond the limit is a group of its own. */
export function groupsOf(messages: readonly KafkaMessage[], most: number): KafkaMessage[][] {
  const groups: KafkaMessage[][] = [];
  let left = 0;
  for (const message of messages) {
    const group = groups.at(-1);
    if (group === undefined || message.size > left) {
      groups.push([message]);
      left = most - message.size;
    } else {
      group.push(message);
      left -= message.size;
    }
  }
  return groups;
}

export const sizeOf = (group: readonly KafkaMessage[]): number => group.reduce((sum, { size }) => sum + size, 0);
