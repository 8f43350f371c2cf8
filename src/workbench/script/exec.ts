import { EventCode } from "../../event/code.ts";
import { ExecFlag } from "../../event/constants.ts";
import type { EventType } from "../../event/schema.ts";
import type { ParamValue } from "../../event/write.ts";
import type { Location } from "../../rule/location.ts";
import { type Reading, unknown } from "../reading.ts";
import { type Actor, nulTexts, processKeys } from "./cast.ts";
import { type Image, imageOf } from "./image.ts";
import type { Script } from "./script.ts";
import { type Standing, settle, standingOf } from "./standing.ts";
import { parameter, result } from "./value.ts";

/** Keys of execve and execveat beside those of processes. */
export const execKeys: readonly string[] = [...processKeys, "result", "as"];

/**
 * Adds an exec.
 * @param actor who calls it, and stays the process; undefined for a new child of the process that `parent` names
 * @returns who runs the program
 */
export function exec(
  script: Script,
  type: EventType,
  keys: ReadonlyMap<string, Reading>,
  actor: Actor | undefined,
  place: Location,
): Actor {
  const { name, params } = type;
  const overrides = new Map<number, Reading>();
  const described = new Map<string, Reading>();
  for (const [key, reading] of keys) {
    const at = params.findIndex((param) => param.name === key);
    if (execKeys.includes(key)) described.set(key, reading);
    else if (at >= 0) overrides.set(at, reading);
    else {
      const known = [...execKeys, ...params.map((param) => param.name)];
      throw unknown(key, known, `parameter of ${name}`, reading.place);
    }
  }
  const answer = described.get("result");
  const res = answer === undefined ? 0 : result(answer, `"result" of ${name}`);
  const { caller, image, standing } =
    actor === undefined ? child(script, described) : inPlace(script, described, actor);
  const succeeds = res >= 0;
  const shown = succeeds ? { image, standing } : caller;
  const values = execValues(type, caller, shown.image, shown.standing, res, image.exe);
  const calling = { cast: script.cast, actor: caller, event: name };
  for (const [at, reading] of overrides) values[at] = parameter(params[at], reading, calling);
  script.write(type.code, caller, values, name, place);
  if (succeeds) {
    caller.image = image;
    caller.standing = standing;
  }
  const as = described.get("as");
  if (as !== undefined) script.cast.name(as.text('"as"'), caller);
  return caller;
}

interface Scene {
  readonly caller: Actor;
  readonly image: Image;
  readonly standing: Standing;
}

function child(script: Script, keys: ReadonlyMap<string, Reading>): Scene {
  const { actor, image } = script.cast.fork(keys);
  return { caller: actor, image, standing: actor.standing };
}

function inPlace(script: Script, keys: ReadonlyMap<string, Reading>, caller: Actor): Scene {
  for (const key of ["parent", "ancestors", "pid", "vpid", "sid", "pgid", "vpgid", "started", "fds"]) {
    const reading = keys.get(key);
    if (reading !== undefined)
      throw reading.fault(`A process that execs keeps its "${key}": leave it out, or leave out "by".`);
  }
  const standing = settle(standingOf(keys, script.people), caller.standing);
  const image = imageOf(keys, standing.cwd, "/usr/bin/program", script.now, caller.image.ino + 1n);
  return { caller, image, standing };
}

function execValues(
  { code }: EventType,
  actor: Actor,
  image: Image,
  standing: Standing,
  res: number | bigint,
  filename: string,
): ParamValue[] {
  const flags =
    (image.writable ? ExecFlag.WRITABLE : 0) |
    (image.upperLayer ? ExecFlag.UPPER_LAYER : 0) |
    (image.lowerLayer ? ExecFlag.LOWER_LAYER : 0) |
    (image.memfd ? ExecFlag.FROM_MEMFD : 0);
  const values: ParamValue[] = [
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
    nulTexts(standing.env),
    standing.tty,
    actor.vpgid,
    standing.loginuid,
    flags,
    standing.inheritable,
    standing.permitted,
    standing.effective,
    image.ino,
    image.ctime,
    image.mtime,
    standing.uid,
    image.exepath,
    actor.pgid,
    standing.gid,
  ];
  if (code === EventCode.EXECVE_19_X) values.push(filename);
  return values;
}
