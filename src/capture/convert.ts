import { EVENT_TYPES, EventCode } from "../event/code.ts";
import { type Event, HEADER_SIZE, MAX_PARAMETERS } from "../event/event.ts";
import { defaultByte, fixedSize } from "../event/kinds.ts";
import { tableRows } from "../event/rows.ts";
import { EventFlag } from "../event/schema.ts";
import { eventFlags, eventTypes, paramCount } from "../event/types.ts";
import { conversions, keptEnters, visibleEnters } from "./conversions.ts";
import { EnterStore } from "./enters.ts";

const NEVER = 0xff;

/**
 * Number of parameters in the current form, by event type; `NEVER` if the type always requires conversion. An event
 * with `count === presentForm[code]` needs no conversion, which is the fast path of the reader.
 */
export const presentForm: Uint8Array = new Uint8Array(EVENT_TYPES).fill(NEVER);

const SOURCE = { old: 0, enter: 1, enterOrEmpty: 2, standard: 3, empty: 4, json: 5 } as const;

interface Plan {
  readonly target: number;
  /** Two numbers per parameter: a value of `SOURCE`, and the index for parameters of the old event or enter event. */
  readonly sources: Uint8Array;
  readonly usesEnter: boolean;
}

const plans = new Map<number, Plan>();
const kept = new Uint8Array(EVENT_TYPES);
const visible = new Uint8Array(EVENT_TYPES);
const codes = new Map<string, number>(Object.entries(EventCode));

/** Old forms that have a conversion: event code and number of parameters. */
export const oldForms: readonly (readonly [code: number, count: number])[] = readTables();

function readTables(): [number, number][] {
  const forms: [number, number][] = [];
  for (const key of visibleEnters.split(" ")) visible[codeOf(key)] = 1;
  for (const key of keptEnters.split(" ")) kept[codeOf(key)] = 1;
  for (const row of tableRows(conversions)) {
    const [key = "", count, how, ...rest] = row.split(" ");
    const code = codeOf(key);
    const target = how === ">" ? codeOf(rest[0]!) : code;
    const own = how === ">" ? [] : Array.from({ length: Number(count) }, (_, i) => [SOURCE.old, i]);
    const sources = [...own, ...rest.slice(how === ">" ? 1 : 0).flatMap(parseSource)];
    const usesEnter = sources.some(([kind]) => kind === SOURCE.enter || kind === SOURCE.enterOrEmpty);
    forms.push([code, Number(count)]);
    plans.set(planKey(code, Number(count)), { target, sources: Uint8Array.from(sources.flat()), usesEnter });
  }
  for (let code = 0; code < EVENT_TYPES; code++) {
    const flags = eventFlags[code]!;
    const enter = code % 2 === 0;
    if (flags & EventFlag.unused) continue;
    if (kept[code]) continue;
    if (flags & EventFlag.oldVersion) continue;
    if (enter && flags & EventFlag.converted && !visible[code]) continue;
    presentForm[code] = paramCount[code]!;
  }
  return forms;
}

function codeOf(key: string): number {
  const code = codes.get(key);
  if (code === undefined) throw new Error(`the conversion tables name "${key}", which is not an event type`);
  return code;
}

function planKey(code: number, count: number): number {
  return code * (MAX_PARAMETERS + 1) + count;
}

function parseSource(word: string): number[][] {
  const [what = "", times] = word.split("*");
  if (times !== undefined) return Array.from({ length: Number(times) }, () => parseSource(what)).flat();
  if (what === "_") return [[SOURCE.empty, 0]];
  if (what === "=") return [[SOURCE.standard, 0]];
  if (what === "json") return [[SOURCE.json, 0]];
  if (what.startsWith("e")) {
    const orEmpty = what.endsWith("?");
    return [[orEmpty ? SOURCE.enterOrEmpty : SOURCE.enter, Number(what.slice(1, orEmpty ? -1 : undefined))]];
  }
  const [first = Number.NaN, last = first] = what.split("-").map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => [SOURCE.old, first + i]);
}

/**
 * Converts events of old captures to the current form, which has one event per system call. Stores the enter events of
 * pending calls, so each capture requires a separate converter.
 */
export class Converter {
  private readonly enters = new EnterStore();
  private out = new Uint8Array(1 << 16);
  private view = new DataView(this.out.buffer);
  private end = 0;

  /** Discards the stored enter events. Must be called at the beginning of another capture in the same file. */
  reset(): void {
    this.enters.clear();
  }

  /**
   * Converts an event that is not in the current form.
   * @returns false if the event must be skipped; otherwise, `event` points at the converted event, which is valid until
   * the next call
   */
  convert(event: Event): boolean {
    const { type, count } = event;
    const flags = eventFlags[type]!;
    if (flags & EventFlag.unused) return false;
    const plan = plans.get(planKey(type, count));
    if (type % 2 === 0) {
      if (plan === undefined) {
        if ((flags & EventFlag.converted) === 0) return (flags & EventFlag.oldVersion) === 0;
        if (!visible[type] || kept[type]) this.enters.keep(event);
        return visible[type] === 1;
      }
      this.apply(plan, event);
      if (kept[plan.target]) this.enters.keep(event);
      return true;
    }
    if (plan !== undefined) {
      this.apply(plan, event);
      return true;
    }
    return (flags & EventFlag.oldVersion) === 0;
  }

  private apply(plan: Plan, event: Event): void {
    const { sources, target } = plan;
    const count = sources.length >> 1;
    const params = eventTypes[target]!.params;
    const lengthSize = eventFlags[target]! & EventFlag.largePayload ? 4 : 2;
    const enter = plan.usesEnter ? this.enters.find(event.tid, event.type - 1, target - 1) : undefined;
    this.reserve(event.size + (enter === undefined ? 0 : enter.size) + HEADER_SIZE + count * 20 + 64);
    const { out, view } = this;
    out.set(event.bytes.subarray(event.at, event.at + 16));
    view.setUint16(20, target, true);
    view.setUint32(22, count, true);
    this.end = HEADER_SIZE + count * lengthSize;
    for (let i = 0; i < count; i++) {
      const begin = this.end;
      const kind = params[i]!.kind;
      switch (sources[2 * i]) {
        case SOURCE.old:
          this.copy(event, sources[2 * i + 1]!, fixedSize[kind]!);
          break;
        case SOURCE.enter:
          if (enter !== undefined && sources[2 * i + 1]! < enter.count)
            this.copy(enter, sources[2 * i + 1]!, fixedSize[kind]!);
          else this.standard(kind);
          break;
        case SOURCE.enterOrEmpty:
          if (enter !== undefined) this.copy(enter, sources[2 * i + 1]!, fixedSize[kind]!);
          break;
        case SOURCE.standard:
          this.standard(kind);
          break;
        case SOURCE.json:
          this.describeContainer(event);
          break;
      }
      const length = this.end - begin;
      if (lengthSize === 2) view.setUint16(HEADER_SIZE + 2 * i, length, true);
      else view.setUint32(HEADER_SIZE + 4 * i, length, true);
    }
    view.setUint32(16, this.end, true);
    if (enter !== undefined) this.enters.release(event.tid);
    event.place(out, view, 0, event.cpu, lengthSize);
  }

  /** Copies a parameter, truncated to `most` bytes. 0: not truncated. */
  private copy(from: Event, index: number, most: number): void {
    const at = from.offset(index);
    let length = from.length(index);
    if (most !== 0 && length > most) length = most;
    this.out.set(from.bytes.subarray(at, at + length), this.end);
    this.end += length;
  }

  private standard(kind: number): void {
    const size = fixedSize[kind]!;
    this.out.fill(defaultByte[kind]!, this.end, this.end + size);
    this.end += size;
  }

  private describeContainer(event: Event): void {
    if (event.length(1) !== 4) return;
    const texts = [0, 2, 3].map((i) => event.raw(i));
    if (texts.includes("")) return;
    const [id, name, image] = texts.map((text) => text.slice(0, -1));
    const json = `{"id":"${id}","type":${event.u32(1)},"name":"${name}","image":"${image}"}\0`;
    for (let i = 0; i < json.length; i++) this.out[this.end++] = json.charCodeAt(i);
  }

  private reserve(bytes: number): void {
    if (bytes + 64 <= this.out.length) return;
    this.out = new Uint8Array(bytes + 64);
    this.view = new DataView(this.out.buffer);
  }
}
