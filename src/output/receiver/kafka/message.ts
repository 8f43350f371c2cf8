import type { Alert } from "../../../alert/alert.ts";
import { factsOf } from "../../alert-facts.ts";
import { eventJson, milliseconds } from "../../facts.ts";

/** A Kafka message with one alert. */
export interface KafkaMessage {
  readonly alert: Alert;
  /** The host name of the alert; null selects any partition. */
  readonly key: string | null;
  readonly value: string;
  readonly headers: { readonly uuid: string };
  /** Time of the alert in milliseconds since the epoch. */
  readonly time: number;
  /** Maximum size of the record in bytes, including key, headers and length prefixes, before compression. */
  readonly size: number;
}

/** Maximum encoded size of a record's attributes (1 byte), length (5), offset (5) and timestamp (10). */
const AROUND_RECORD = 1 + 5 + 5 + 10;
/** Maximum size in bytes of a length prefix, and of the number of headers. */
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

/**
 * Divides messages into groups up to a maximum size, in order. A message that is larger than the limit forms its own
 * group.
 */
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
