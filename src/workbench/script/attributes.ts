import { toByteString } from "../../event/bytes.ts";
import { capabilityName } from "../../event/capability.ts";
import { NO_ID } from "../../event/constants.ts";
import { type Reading, unknown } from "../reading.ts";
import type { Accounts } from "./accounts.ts";
import { duration } from "./duration.ts";

export interface Container {
  /** Strings `subsystem=path`, each followed by NUL. */
  readonly cgroups: string;
  /** Time between the start of the container and the start of the process, in nanoseconds. */
  readonly age: bigint;
}

/**
 * Attributes of a process that children inherit: container, user, group, login user, terminal, directory, environment,
 * capabilities.
 */
export interface Attributes {
  /** The container; undefined for a process outside containers. */
  readonly container: Container | undefined;
  readonly uid: number;
  readonly gid: number;
  readonly loginuid: number;
  readonly tty: number;
  readonly cwd: string;
  /** `NAME=value` strings. */
  readonly env: readonly string[];
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
}

/** Attributes that a description sets. */
export type OwnAttributes = { -readonly [Key in keyof Attributes]?: Attributes[Key] };

/** Keys of a process description that set attributes. */
export const attributeKeys = [
  "container",
  "cgroup",
  "user",
  "uid",
  "group",
  "gid",
  "loginuser",
  "loginuid",
  "tty",
  "cwd",
  "env",
  "caps",
  "caps_permitted",
  "caps_inheritable",
] as const;

/** Device number of the first pseudo-terminal, `/dev/pts/0`. */
const FIRST_TERMINAL = 34816;

export function attributesOf(keys: ReadonlyMap<string, Reading>, accounts: Accounts): OwnAttributes {
  const own: OwnAttributes = {};
  for (const [key, reading] of keys) readers[key]?.(own, reading, accounts);
  return own;
}

const readers: Readonly<Record<string, (own: OwnAttributes, reading: Reading, accounts: Accounts) => void>> = {
  container: (own, reading) => {
    own.container = containerOf(reading);
  },
  cgroup: (own, reading) => {
    const path = toByteString(reading.text('"cgroup"'));
    own.container = { cgroups: cgroups(path), age: HOUR };
  },
  user: readUser,
  uid: readUser,
  group: readGroup,
  gid: readGroup,
  loginuser: readLogin,
  loginuid: readLogin,
  tty: (own, reading) => {
    const { flag } = reading;
    own.tty = flag === undefined ? reading.integer('"tty"') : flag ? FIRST_TERMINAL : 0;
  },
  cwd: (own, reading) => {
    own.cwd = toByteString(reading.text('"cwd"'));
  },
  env: (own, reading) => {
    own.env = environmentOf(reading).map(toByteString);
  },
  caps: (own, reading) => {
    own.effective = capabilitiesOf(reading, '"caps"');
  },
  caps_permitted: (own, reading) => {
    own.permitted = capabilitiesOf(reading, '"caps_permitted"');
  },
  caps_inheritable: (own, reading) => {
    own.inheritable = capabilitiesOf(reading, '"caps_inheritable"');
  },
};

function readUser(own: OwnAttributes, reading: Reading, accounts: Accounts): void {
  const { uid, gid } = accounts.user(reading, '"user"');
  own.uid = uid;
  own.gid ??= gid;
}

function readGroup(own: OwnAttributes, reading: Reading, accounts: Accounts): void {
  own.gid = accounts.group(reading, '"group"');
}

function readLogin(own: OwnAttributes, reading: Reading, accounts: Accounts): void {
  own.loginuid = reading.number === -1n ? NO_ID : accounts.user(reading, '"loginuser"').uid;
}

function environmentOf(reading: Reading): string[] {
  if (!reading.isMapping) return reading.texts('"env"');
  return reading.entries('"env"').map(({ key, value }) => `${key}=${value.text(`"${key}" in "env"`)}`);
}

/** Reads capabilities: `all`, `none`, or names. */
function capabilitiesOf(reading: Reading, what: string): bigint {
  let bits = 0n;
  for (const item of reading.items()) {
    const name = item.text(what).toUpperCase();
    if (name === "ALL") bits |= ALL;
    else if (name !== "NONE") {
      const bit = capabilityName.indexOf(name.startsWith("CAP_") ? name : `CAP_${name}`);
      if (bit < 0) throw unknown(item.text(what), capabilityName, "capability", item.place);
      bits |= 1n << BigInt(bit);
    }
  }
  return bits;
}

const ALL = (1n << BigInt(capabilityName.length)) - 1n;

/** Default capabilities of root in containers. */
const IN_CONTAINERS = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FSETID",
  "FOWNER",
  "MKNOD",
  "NET_RAW",
  "SETGID",
  "SETUID",
  "SETFCAP",
  "SETPCAP",
  "NET_BIND_SERVICE",
  "SYS_CHROOT",
  "KILL",
  "AUDIT_WRITE",
].reduce((bits, name) => bits | (1n << BigInt(capabilityName.indexOf(`CAP_${name}`))), 0n);

const DEFAULT_ID = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";
const HOUR = 3_600_000_000_000n;

function containerOf(reading: Reading): Container | undefined {
  if (reading.isMapping) {
    const keys = reading.keyed('"container"', ["id", "started"]);
    const started = keys.get("started");
    const age = started === undefined ? HOUR : duration(started, '"started" of the container');
    const id = keys.get("id");
    return { cgroups: cgroups(scopeOf(id === undefined ? DEFAULT_ID : idOf(id))), age };
  }
  if (reading.flag === false || reading.text('"container"') === "host") return undefined;
  return { cgroups: cgroups(scopeOf(reading.flag === true ? DEFAULT_ID : idOf(reading))), age: HOUR };
}

function idOf(reading: Reading): string {
  const id = reading.text("A container ID").toLowerCase();
  if (!/^[0-9a-f]{1,64}$/.test(id))
    throw reading.fault("A container must be true, false or an ID of up to 64 hexadecimal digits.");
  return id.padEnd(64, "0");
}

function scopeOf(id: string): string {
  return `/system.slice/docker-${id}.scope`;
}

function cgroups(path: string): string {
  return ["cpuset", "cpu", "memory", "pids"].map((subsystem) => `${subsystem}=${path}\0`).join("");
}

/** Cgroups of processes outside containers. */
export const hostCgroups = cgroups("/");

/**
 * Fills in missing attributes from the parent, or, without a parent, with the attributes of root outside containers.
 */
export function inherit(own: OwnAttributes, parent: Partial<Attributes>): Attributes {
  const container = "container" in own ? own.container : parent.container;
  const uid = own.uid ?? parent.uid ?? 0;
  const sameUser = own.uid === undefined || own.uid === parent.uid;
  const sameRights = sameUser && !("container" in own);
  const usual = uid !== 0 ? 0n : container === undefined ? ALL : IN_CONTAINERS;
  const effective = own.effective ?? (sameRights ? parent.effective : undefined) ?? usual;
  return {
    container,
    uid,
    gid: own.gid ?? (sameUser ? parent.gid : undefined) ?? uid,
    loginuid: own.loginuid ?? parent.loginuid ?? NO_ID,
    tty: own.tty ?? parent.tty ?? 0,
    cwd: own.cwd ?? parent.cwd ?? "/",
    env: own.env ?? parent.env ?? ENVIRONMENT,
    effective,
    permitted: own.permitted ?? effective,
    inheritable: own.inheritable ?? parent.inheritable ?? 0n,
  };
}

const ENVIRONMENT = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];

/**
 * Returns the attributes of a child that also apply to its parent if the parent has no description. The parent is then
 * in the same container and session.
 */
export function passedToParent({ container, loginuid, tty, uid, gid }: OwnAttributes): OwnAttributes {
  const to: OwnAttributes = {};
  if (container !== undefined) to.container = container;
  if (loginuid !== undefined) to.loginuid = loginuid;
  if (tty !== undefined) to.tty = tty;
  if (uid !== undefined) to.uid = uid;
  if (gid !== undefined) to.gid = gid;
  return to;
}
