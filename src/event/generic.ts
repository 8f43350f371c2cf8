import { tableRows } from "./rows.ts";
import { type Param, ParamKind } from "./schema.ts";
import { syscallId, syscallName } from "./syscalls.ts";
import { genericTypes } from "./types/generic.ts";
import { parseParam } from "./types/parse.ts";

/**
 * Own parameters of generic events. The format has two, the ids of the call; the sensor adds the result and, for calls
 * of the table in `types/generic.ts`, up to five more. Captures of other recorders lack them.
 */

/** Indices of own parameters. */
export const GenericParam = { res: 2, fd: 3, path: 4, target: 5, first: 6, second: 7 } as const;

const RESULT: Param = parseParam("res ERRNO");

/** Own parameters by index, for each call by id; calls without a row have only a result. */
const paramsOfCall: readonly (readonly (Param | undefined)[])[] = collect();

function collect(): (Param | undefined)[][] {
  const table: (Param | undefined)[][] = syscallName.map(() => [undefined, undefined, RESULT]);
  for (const row of tableRows(genericTypes)) {
    const [call = "", params = ""] = row.split(": ");
    const id = syscallId.get(call);
    if (id === undefined) throw new Error(`there is no system call ${call}`);
    table[id]!.push(...params.split(", ").map((text) => (text === "-" ? undefined : parseParam(text))));
  }
  return table;
}

/** Names of the calls with a row. */
export const genericCalls: readonly string[] = tableRows(genericTypes).map((row) => row.slice(0, row.indexOf(":")));

/** An own parameter of a generic event, by the id of its call. Its result for indices without a parameter. */
export function genericParam(id: number, i: number): Param {
  return paramsOfCall[id]?.[i] ?? RESULT;
}

/** Own parameters of a call by its id, from the result on. */
export function genericParamsOf(id: number): readonly (Param | undefined)[] {
  return paramsOfCall[id]?.slice(GenericParam.res) ?? [];
}

/** Own parameters of all calls. */
export const genericParams: readonly Param[] = paramsOfCall.flatMap((params) => params.flatMap((one) => one ?? []));

const placesByName: ReadonlyMap<string, Int8Array> = collectPlaces();

function collectPlaces(): Map<string, Int8Array> {
  const all = new Map<string, Int8Array>();
  for (const [id, params] of paramsOfCall.entries()) {
    for (const [i, param] of params.entries()) {
      if (param === undefined) continue;
      let places = all.get(param.name);
      if (places === undefined) {
        places = new Int8Array(paramsOfCall.length).fill(-1);
        all.set(param.name, places);
      }
      places[id] = i;
    }
  }
  return all;
}

/** Indices of the own parameters with a name, by id of the call; -1 if there is none. Undefined for unused names. */
export function genericPlaces(name: string): Int8Array | undefined {
  return placesByName.get(name);
}

function isPath(param: Param | undefined): boolean {
  return param?.kind === ParamKind.FSPATH || param?.kind === ParamKind.FSRELPATH;
}

const onePath = Uint8Array.from(paramsOfCall, (params) => (isPath(params[GenericParam.path]) ? 1 : 0));
const twoPaths = Uint8Array.from(paramsOfCall, (params) => (isPath(params[GenericParam.target]) ? 1 : 0));

/** Index of the path of a call, or of its source and target, by its id; -1 if there is none. */
export function genericPathPlace(id: number, end: "name" | "source" | "target"): number {
  if ((end === "name") === (twoPaths[id] === 1)) return -1;
  if (end === "target") return GenericParam.target;
  return onePath[id] === 1 ? GenericParam.path : -1;
}

/** By id of the call: the index of the descriptor that the call is about, -1 if there is none. */
export const genericFd: Int8Array = genericPlaces("fd") ?? new Int8Array(0);
