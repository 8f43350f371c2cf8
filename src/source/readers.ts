import { isArray, isObject } from "../event/document.ts";
import { type Decode, decodeJson } from "./decode.ts";
import { type ReadPart, type Split, splitList } from "./split.ts";

/** How the events of a source are read, whichever way they come. */
export interface Reader {
  /** Takes JSON apart into events. */
  readonly split: Split;
  /**
   * Makes events of a line, where lines may be something else than JSON.
   * @param most bytes that an event may have
   */
  readonly lines?: (most: number) => Decode;
  /** The same of messages of syslog, where they are more than a way to carry such lines, or JSON. */
  readonly syslog?: (most: number) => Decode;
}

/** An event that nothing is known of but when it came. */
const anyEvent: ReadPart = (value, { time }) =>
  isObject(value) || isArray(value) ? { time, value } : { reason: "no_object", message: "it is no object" };

/** The reader of any JSON: an event, or a list of events. */
export const anyJson: Reader = { split: splitList(anyEvent) };

/** The readers of the sources that have one of their own, fetched when they are wanted. */
const readers: Readonly<Record<string, () => Promise<Reader>>> = {
  k8s_audit: async () => ({ split: (await import("./k8s-audit/split.ts")).splitAudit }),
  suricata: async () => ({ split: splitList((await import("./suricata/eve.ts")).readEve) }),
  firewall: async () => {
    const { decodeFirewall, readFirewall } = await import("./firewall/read.ts");
    return { split: splitList(readFirewall), lines: decodeFirewall };
  },
};

/** The reader of a source; undefined where it takes any JSON. */
export async function readerOf(source: string): Promise<Reader | undefined> {
  return Object.hasOwn(readers, source) ? readers[source]() : undefined;
}

/** Makes events of the lines that a source's files and sockets give. */
export function linesOf({ split, lines }: Reader, most: number): Decode {
  return lines?.(most) ?? decodeJson(split, most);
}
