import { EventCode } from "../../event/code.ts";
import { ExecFlag } from "../../event/constants.ts";
import { ownParams } from "../../event/own.ts";
import type { EventType } from "../../event/schema.ts";
import type { ParamValue } from "../../event/write.ts";
import type { Location } from "../../rule/location.ts";
import { itemAt } from "../item-at.ts";
import { type Reading, unknown } from "../reading.ts";
import { type Attributes, attributesOf, inherit } from "./attributes.ts";
import { type Image, imageOf } from "./image.ts";
import { nulTexts, processKeys, type ScriptedProcess } from "./processes.ts";
import type { Script } from "./script.ts";
import { defaultValue, parameter, result } from "./value.ts";

/** Keys of execve and execveat, including the keys of processes. */
export const execKeys: readonly string[] = [...processKeys, "result", "as"];

/**
 * Adds an exec.
 * @param process the calling process; undefined for a new child of the process in `parent`
 * @returns the process that runs the program
 */
export function exec(
  script: Script,
  type: EventType,
  keys: ReadonlyMap<string, Reading>,
  process: ScriptedProcess | undefined,
  place: Location,
): ScriptedProcess {
  const { name } = type;
  const own = ownParams(type.code);
  const params = [...type.params, ...own];
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
  const { caller, image, attributes } =
    process === undefined ? child(script, described) : inPlace(script, described, process);
  const succeeds = res >= 0;
  const shown = succeeds ? { image, attributes } : caller;
  const values = execValues(type, caller, shown.image, shown.attributes, res, image.exe);
  const calling = { processes: script.processes, process: caller, event: name };
  if ([...overrides.keys()].some((at) => at >= values.length)) values.push(...own.map(defaultValue));
  for (const [at, reading] of overrides) values[at] = parameter(itemAt(params, at), reading, calling);
  script.write(type.code, caller, values, name, place);
  if (succeeds) {
    caller.image = image;
    caller.attributes = attributes;
  }
  const as = described.get("as");
  if (as !== undefined) script.processes.name(as.text('"as"'), caller);
  return caller;
}

interface Call {
  readonly caller: ScriptedProcess;
  readonly image: Image;
  readonly attributes: Attributes;
}

function child(script: Script, keys: ReadonlyMap<string, Reading>): Call {
  const { process, image } = script.processes.fork(keys);
  return { caller: process, image, attributes: process.attributes };
}

function inPlace(script: Script, keys: ReadonlyMap<string, Reading>, caller: ScriptedProcess): Call {
  for (const key of ["parent", "ancestors", "pid", "vpid", "sid", "pgid", "vpgid", "started", "fds"]) {
    const reading = keys.get(key);
    if (reading !== undefined) throw reading.fault(`"${key}" does not change in an exec: remove it, or remove "by".`);
  }
  const attributes = inherit(attributesOf(keys, script.accounts), caller.attributes);
  const image = imageOf(keys, attributes.cwd, "/usr/bin/program", script.now, caller.image.ino + 1n);
  return { caller, image, attributes };
}

function execValues(
  { code }: EventType,
  process: ScriptedProcess,
  image: Image,
  attributes: Attributes,
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
    nulTexts(attributes.env),
    attributes.tty,
    process.vpgid,
    attributes.loginuid,
    flags,
    attributes.inheritable,
    attributes.permitted,
    attributes.effective,
    image.ino,
    image.ctime,
    image.mtime,
    attributes.uid,
    image.exepath,
    process.pgid,
    attributes.gid,
  ];
  if (code === EventCode.EXECVE_19_X) values.push(filename);
  return values;
}
