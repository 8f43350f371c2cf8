import { addressOf } from "../../event/address.ts";
import { toByteString } from "../../event/bytes.ts";
import { RecordType } from "../../machine/dns/message.ts";
import { type AnswerRecord, writeDns } from "../../machine/dns/write.ts";
import { type Reading, unknown } from "../reading.ts";

const TYPES: Readonly<Record<string, number>> = RecordType;
const MAX_ID = 65_535;
const MAX_LABEL = 63;

/**
 * Builds a DNS message for a test: a query `{name: example.com}`, or a response with `answers`. Answers are addresses,
 * or the names that aliases refer to.
 */
export function dnsData(reading: Reading, what: string): Uint8Array {
  const keys = reading.keyed(what, ["name", "type", "id", "answers"]);
  const name = nameIn(keys.get("name") ?? reading.with(""), `"name" in ${what}`);
  const id = keys.get("id")?.integer(`"id" in ${what}`) ?? 1;
  if (id < 0 || id > MAX_ID) throw reading.fault(`"id" in ${what} must be from 0 to ${MAX_ID}.`);
  const question = { id, name, type: typeIn(keys.get("type"), what) };
  let owner = name;
  const answers = keys
    .get("answers")
    ?.items()
    .map((item): AnswerRecord => {
      const text = item.text(`"answers" in ${what}`);
      const address = addressOf(text);
      if (address !== undefined) return { owner, address };
      const record = { owner, alias: nameIn(item, `"answers" in ${what}`) };
      owner = record.alias;
      return record;
    });
  return writeDns(question, answers);
}

function nameIn(reading: Reading, what: string): string {
  const name = reading.text(what).replace(/\.$/, "");
  const isValid = name.split(".").every((label) => label !== "" && toByteString(label).length <= MAX_LABEL);
  if (!isValid) throw reading.fault(`${what} must be a domain name.`);
  return name;
}

function typeIn(reading: Reading | undefined, what: string): number {
  if (reading === undefined) return RecordType.A;
  const text = reading.text(`"type" in ${what}`);
  const type = Object.hasOwn(TYPES, text) ? TYPES[text] : undefined;
  if (type === undefined) throw unknown(text, Object.keys(TYPES), "record type", reading.place);
  return type;
}
