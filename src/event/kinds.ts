import { ParamKind } from "./schema.ts";

const bytes: Readonly<Record<number, readonly (keyof typeof ParamKind)[]>> = {
  1: ["INT8", "UINT8", "FLAGS8", "ENUMFLAGS8", "SIGTYPE", "L4PROTO", "SOCKFAMILY"],
  2: ["INT16", "UINT16", "FLAGS16", "ENUMFLAGS16", "SYSCALLID", "PORT"],
  4: ["INT32", "UINT32", "FLAGS32", "ENUMFLAGS32", "UID", "GID", "MODE", "SIGSET", "BOOL", "FD32", "PID32", "IPV4ADDR"],
  8: ["INT64", "UINT64", "RELTIME", "ABSTIME", "ERRNO", "FD", "PID", "DOUBLE"],
  16: ["IPV6ADDR"],
};

/** Size of a parameter in bytes, by its kind (`ParamKind`); 0 for kinds of variable size. */
export const fixedSize: Uint8Array = new Uint8Array(64);
for (const [size, kinds] of Object.entries(bytes)) for (const kind of kinds) fixedSize[ParamKind[kind]] = Number(size);

/** Byte with which an unknown parameter is filled, by its kind: 0xff for UIDs and GIDs, otherwise 0. */
export const defaultByte: Uint8Array = new Uint8Array(64);
defaultByte[ParamKind.UID] = 0xff;
defaultByte[ParamKind.GID] = 0xff;
