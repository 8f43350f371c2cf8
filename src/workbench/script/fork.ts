import { CloneFlag } from "../../event/constants.ts";
import type { EventType } from "../../event/schema.ts";
import type { ParamValue } from "../../event/write.ts";
import type { Location } from "../../rule/location.ts";
import { type Reading, unknown } from "../reading.ts";
import { type Actor, nulTexts } from "./cast.ts";
import type { Script } from "./script.ts";
import { parameter, result } from "./value.ts";

/** Adds a clone, fork or vfork as it is told: by the parent and, unless it failed, by the child. */
export function fork(
  script: Script,
  type: EventType,
  keys: ReadonlyMap<string, Reading>,
  parent: Actor,
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
    else if (at >= 0) given.set(at, parameter(params[at], reading, { cast: script.cast, actor: parent, event: name }));
    else
      throw unknown(
        key,
        [...params.map((param) => param.name), "as", "by", "result"],
        `parameter of ${name}`,
        reading.place,
      );
  }
  const fails = answer !== undefined && answer < 0;
  const child = fails ? undefined : script.cast.unborn(parent);
  const tell = (teller: Actor, res: number | bigint): void => {
    const values = cloneValues(teller, res);
    for (const [at, value] of given) values[at] = value;
    script.write(code, teller, values, name, place);
  };
  tell(parent, answer ?? child?.pid ?? 0);
  if (child === undefined) return;
  tell(child, 0);
  if (as !== undefined) script.cast.name(as, child);
}

function cloneValues(actor: Actor, res: number | bigint): ParamValue[] {
  const { image, standing } = actor;
  return [
    res,
    image.exe,
    nulTexts(image.args),
    actor.pid,
    actor.pid,
    actor.ptid,
    "",
    1024,
    0,
    0,
    2048,
    1024,
    0,
    image.comm,
    actor.cgroups,
    standing.container === undefined ? 0 : CloneFlag.CHILD_IN_PIDNS,
    standing.uid,
    standing.gid,
    actor.vpid,
    actor.vpid,
    standing.container === undefined ? 0n : actor.birth - standing.container.age,
  ];
}
