import { tableRows } from "./rows.ts";
import { type Param, ParamKind } from "./schema.ts";
import { syscallId, syscallName } from "./syscalls.ts";
import { genericTypes } from "./types/generic.ts";
import { parseParam } from "./types/parse.ts";

/**
 * Own parameters of generic events. The format defines two parameters, the IDs of the call. The sensor adds the result
 * and, for calls in the table of `types/generic.ts`, up to five more. Captures of other recorders lack them.
 */

/** Indices of own parameters. */
export const GenericParam = { res: 2, fd: 3, path: 4, target: 5, first: 6, second: 7 } as const;

const RESULT: Param = parseParam("res ERRNO");

/** Own parameters by call ID and index. Calls that are not in the table only have a result. */
const paramsOfCall: readonly (readonly (Param | undefined)[])[] = collect();

function collect(): (Param | undefined)[][] {
  const table: (Param | undefined)[][] = syscallName.map(() => [undefined, undefined, RESULT]);
  for (const row of tableRows(genericTypes)) {
    const [call = "", params = ""] = row.split(": ");
    const id = syscallId.get(call);
    if (id === undefined) throw new Error(`unknown system call ${call}`);
    table[id]!.push(...params.split(", ").map((text) => (text === "-" ? undefined : parseParam(text))));
  }
  return table;
}

/** Names of the calls in the table. */
export const genericCalls: readonly string[] = tableRows(genericTypes).map((row) => row.slice(0, row.indexOf(":")));

/** Own parameter `i` of a generic event, by call ID; the result if there is no such parameter. */
export function genericParam(id: number, i: number): Param {
  return paramsOfCall[id]?.[i] ?? RESULT;
}

/** Own parameters of a call, beginning with the result. */
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

/**
 * Index of the own parameter with a name, by call ID; -1 if the call has none. Undefined for a name that no call uses.
 */
export function genericPlaces(name: string): Int8Array | undefined {
  return placesByName.get(name);
}

function isPath(param: Param | undefined): boolean {
  return param?.kind === ParamKind.FSPATH || param?.kind === ParamKind.FSRELPATH;
}

const onePath = Uint8Array.from(paramsOfCall, (params) => (isPath(params[GenericParam.path]) ? 1 : 0));
const twoPaths = Uint8Array.from(paramsOfCall, (params) => (isPath(params[GenericParam.target]) ? 1 : 0));

/** Index of the path, source or target of a call, by call ID; -1 if there is none. */
export function genericPathPlace(id: number, end: "name" | "source" | "target"): number {
  if ((end === "name") === (twoPaths[id] === 1)) return -1;
  if (end === "target") return GenericParam.target;
  return onePath[id] === 1 ? GenericParam.path : -1;
}

/** Index of the descriptor that a call is about, by call ID; -1 if there is none. */
export const genericFd: Int8Array = genericPlaces("fd") ?? new Int8Array(0);
