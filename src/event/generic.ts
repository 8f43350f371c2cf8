import { tableRows } from "./rows.ts";
import { type Param, ParamKind } from "./schema.ts";
import { syscallId, syscallName } from "./syscalls.ts";
import { genericTypes } from "./types/generic.ts";
import { parseParam } from "./types/parse.ts";

/**
 * Eyas-specific parameters of generic events. The capture format defines two parameters, the IDs of the call. The
 * sensor adds the result and, for calls in `types/generic.ts`, up to five other parameters. Captures from other
 * recorders lack them.
 */

/** Indexes of the Eyas-specific parameters. */
export const GenericParam = { res: 2, fd: 3, path: 4, target: 5, first: 6, second: 7 } as const;

const RESULT: Param = parseParam("res ERRNO");

/** Eyas-specific parameters by call ID and index. Calls that are not in the table have only the result. */
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

/** Returns Eyas-specific parameter `i` of a generic event, by call ID; the result if there is no such parameter. */
export function genericParam(id: number, i: number): Param {
  return paramsOfCall[id]?.[i] ?? RESULT;
}

/** Returns the Eyas-specific parameters of a call, beginning with the result. */
export function genericParamsOf(id: number): readonly (Param | undefined)[] {
  return paramsOfCall[id]?.slice(GenericParam.res) ?? [];
}

/** Eyas-specific parameters of all calls. */
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
 * Returns the indexes of the Eyas-specific parameter with this name, by call ID; -1 for calls without such a parameter.
 * Undefined if no call has one.
 */
export function genericParamIndexes(name: string): Int8Array | undefined {
  return placesByName.get(name);
}

function isPath(param: Param | undefined): boolean {
  return param?.kind === ParamKind.FSPATH || param?.kind === ParamKind.FSRELPATH;
}

const onePath = Uint8Array.from(paramsOfCall, (params) => (isPath(params[GenericParam.path]) ? 1 : 0));
const twoPaths = Uint8Array.from(paramsOfCall, (params) => (isPath(params[GenericParam.target]) ? 1 : 0));

/** Returns the index of the path, source or target parameter of a call, by call ID; -1 if there is none. */
export function genericPathIndex(id: number, end: "name" | "source" | "target"): number {
  if ((end === "name") === (twoPaths[id] === 1)) return -1;
  if (end === "target") return GenericParam.target;
  return onePath[id] === 1 ? GenericParam.path : -1;
}

/** Indexes of the descriptor parameter, by call ID; -1 for calls without one. */
export const genericFd: Int8Array = genericParamIndexes("fd") ?? new Int8Array(0);
