import type { Document } from "../../event/document.ts";
import type { Ruleset } from "../../rule/ruleset.ts";
import { anyJson, readerOf } from "../../source/readers.ts";
import { documentsIn } from "../../source/recorded/documents.ts";
import { TestFault } from "../reading.ts";
import { playDocuments } from "./document-scene.ts";
import type { Scene } from "./scene.ts";
import type { CaptureSlice } from "./test-file.ts";

/** Bytes that an event may have. */
const MOST = 1 << 24;

/**
 * A slice of a file of JSON events.
 * @throws TestFault where something in it is no event
 * @throws Error where the file can't be read
 */
export async function recordingScene(path: string, slice: CaptureSlice, source: string): Promise<Scene> {
  const { from, to, place } = slice;
  const documents: Document[] = [];
  const tell = ({ line, message }: { readonly line: number | undefined; readonly message: string }): void => {
    throw new TestFault(`${path}${line === undefined ? "" : `:${line}`}: ${message}.`, place);
  };
  const reader = (await readerOf(source)) ?? anyJson;
  for await (const some of documentsIn({ path, reader, most: MOST, tell })) {
    documents.push(...some);
    if (documents.length >= to) break;
  }
  const counted = documents.slice(0, to);
  if (counted.length < from) {
    throw new TestFault(`${path} has ${documents.length} events: there is no event ${from}.`, place);
  }
  return {
    play(ruleset, onMatch, look) {
      const inside: Ruleset = {
        ...ruleset,
        match: (event) => (event.num < from ? [] : ruleset.match(event)),
      };
      const see: typeof look = look && ((event) => event.num >= from && look(event));
      playDocuments(source, counted, inside, onMatch, see);
    },
    at: (event) => ({ name: `event ${event.num}`, place }),
  };
}
