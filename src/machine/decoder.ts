import { byteString, byteStringToNul } from "../event/bytes.ts";
import type { Event } from "../event/event.ts";
import { Interner } from "../event/intern.ts";
import { type Cgroups, parseCgroups, splitTexts } from "./cgroup.ts";
import { MISSING } from "./flags.ts";
import { Name } from "./path.ts";

const FEW = { entries: 1 << 13, bytes: 4 << 20 };

/** Decodes parameters whose values repeat often. Equal bytes yield the same object. */
export class Decoder {
  private readonly names = new Interner(makeName, { entries: 1 << 14, bytes: 1 << 20 });
  private readonly texts = new Interner(makeText);
  private readonly lists = new Interner(makeList, FEW);
  private readonly cgroupSets = new Interner(makeCgroups, FEW);

  /** Decodes a file name. */
  name(event: Event, i: number): Name {
    const from = event.offset(i);
    return this.names.get(event.bytes, event.view, from, from + event.length(i));
  }

  /** Decodes text; `<NA>` if it is missing. */
  text(event: Event, i: number): string {
    const length = event.length(i);
    if (length === 0) return MISSING;
    const from = event.offset(i);
    return this.texts.get(event.bytes, event.view, from, from + length);
  }

  /** Decodes a list of strings, each terminated by NUL. */
  list(event: Event, i: number): readonly string[] {
    const length = event.length(i);
    if (length === 0) return NO_TEXTS;
    const from = event.offset(i);
    return this.lists.get(event.bytes, event.view, from, from + length);
  }

  /** Decodes cgroups; undefined if they are invalid. */
  cgroups(event: Event, i: number): Cgroups | undefined {
    const from = event.offset(i);
    return this.cgroupSets.get(event.bytes, event.view, from, from + event.length(i));
  }
}

const NO_TEXTS: readonly string[] = [];

function makeName(bytes: Uint8Array, from: number, to: number): Name {
  return new Name(makeText(bytes, from, to));
}

function makeText(bytes: Uint8Array, from: number, to: number): string {
  const text = byteStringToNul(bytes, from, to);
  return from === to || text === "(NULL)" ? MISSING : text;
}

function makeList(bytes: Uint8Array, from: number, to: number): readonly string[] {
  return splitTexts(byteString(bytes, from, to));
}

function makeCgroups(bytes: Uint8Array, from: number, to: number): Cgroups | undefined {
  return parseCgroups(splitTexts(byteString(bytes, from, to)));
}
