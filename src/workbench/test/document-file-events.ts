import type { Document } from "../../event/document.ts";
import type { Ruleset } from "../../rule/ruleset.ts";
import { documentsIn } from "../../source/recorded/documents.ts";
import { readerOf } from "../../source/sources.ts";
import { TestFault } from "../reading.ts";
import type { CaseEvents } from "./case-events.ts";
import { evaluateDocuments } from "./document-events.ts";
import type { CaptureSlice } from "./test-file.ts";

/** Maximum size of an event, in bytes. */
const MAX_BYTES = 1 << 24;

/**
 * Returns a slice of a file of JSON events.
 * @throws TestFault if the file contains an invalid event, or ends before the start of the slice
 * @throws Error if the file cannot be read
 */
export async function documentFileEvents(path: string, slice: CaptureSlice, source: string): Promise<CaseEvents> {
  const { from, to, place } = slice;
  const documents: Document[] = [];
  const onInvalid = ({ line, message }: { readonly line: number | undefined; readonly message: string }): void => {
    throw new TestFault(`${path}${line === undefined ? "" : `:${line}`}: ${message}.`, place);
  };
  const reader = await readerOf(source);
  for await (const some of documentsIn({ path, reader, most: MAX_BYTES, onInvalid })) {
    documents.push(...some);
    if (documents.length >= to) break;
  }
  const counted = documents.slice(0, to);
  if (counted.length < from) {
    throw new TestFault(`${path} has no event ${from}; number of events: ${documents.length}.`, place);
  }
  return {
    evaluate(ruleset, onMatch, look) {
      const inside: Ruleset = {
        ...ruleset,
        match: (event) => (event.num < from ? [] : ruleset.match(event)),
      };
      const see: typeof look = look && ((event) => event.num >= from && look(event));
      evaluateDocuments(source, counted, inside, onMatch, see);
    },
    origin: (event) => ({ name: `event ${event.num}`, place }),
  };
}
