import { CloneFlag } from "../../event/constants.ts";
import type { EventType } from "../../event/schema.ts";
import type { ParamValue } from "../../event/write.ts";
import type { Location } from "../../rule/location.ts";
import { itemAt } from "../item-at.ts";
import { type Reading, unknown } from "../reading.ts";
import { nulTexts, type ScriptedProcess } from "./processes.ts";
import type { Script } from "./script.ts";
import { parameter, result } from "./value.ts";

/** Adds a clone, fork or vfork: the event of the parent and, if it succeeds, the event of the child. */
export function fork(
  script: Script,
  type: EventType,
  keys: ReadonlyMap<string, Reading>,
  parent: ScriptedProcess,
  place: Location,
): void {
  const { name, params, code } = type;
  const given = new Map<number, ParamValue>();
  let answer: number | bigint | undefined;
  let as: string | undefined;
  for (const [key, reading] of keys) {
    const at = params.findIndex((param) => param.name === key);
    if (key === "as") as = reading.text('"as"');
    else if (key === "result" || key === "res") answer = result(reading, `"${key}" of ${name}`);
    else if (at >= 0)
      given.set(
        at,
        parameter(itemAt(params, at), reading, { processes: script.processes, process: parent, event: name }),
      );
    else
      throw unknown(
        key,
        [...params.map((param) => param.name), "as", "by", "result"],
        `parameter of ${name}`,
        reading.place,
      );
  }
  const fails = answer !== undefined && answer < 0;
  const child = fails ? undefined : script.processes.child(parent);
  const write = (process: ScriptedProcess, res: number | bigint): void => {
    const values = cloneValues(process, res);
    for (const [at, value] of given) values[at] = value;
    script.write(code, process, values, name, place);
  };
  write(parent, answer ?? child?.pid ?? 0);
  if (child === undefined) return;
  write(child, 0);
  if (as !== undefined) script.processes.name(as, child);
}

function cloneValues(process: ScriptedProcess, res: number | bigint): ParamValue[] {
  const { image, attributes } = process;
  return [
    res,
    image.exe,
    nulTexts(image.args),
    process.pid,
    process.pid,
    process.ptid,
    "",
    1024,
    0,
    0,
    2048,
    1024,
    0,
    image.comm,
    process.cgroups,
    attributes.container === undefined ? 0 : CloneFlag.CHILD_IN_PIDNS,
    attributes.uid,
    attributes.gid,
    process.vpid,
    process.vpid,
    attributes.container === undefined ? 0n : process.birth - attributes.container.age,
  ];
}
