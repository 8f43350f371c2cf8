import { EventCode } from "../event/code.ts";
import { eventTypes } from "../event/types.ts";
import * as attributes from "./attributes.ts";
import { clone } from "./clone.ts";
import { accept, bind, connect, socket } from "./connect.ts";
import { containerAsyncEvent, containerJsonEvent } from "./container.ts";
import { createDescriptor, memfdCreate, pidfdOpen, pipe, SIMPLE_CREATORS, socketpair } from "./create-fd.ts";
import { close, closeRange, dup, fcntl, pidfdGetfd } from "./dup.ts";
import { keepEnter } from "./entered.ts";
import { exec } from "./exec.ts";
import { procexit } from "./exit.ts";
import { link, makeDirectory } from "./links.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import { creat, open, openat, openByHandle } from "./open.ts";
import { RECEIVE_CALLS, readOrWrite, receive, send } from "./traffic.ts";
import { truncate } from "./truncate.ts";

/** Updates the state of the machine with an event of a certain type. */
export type Handler = (machine: Machine, event: Observed) => void;

const rows: readonly (readonly [Handler, readonly number[]])[] = [
  [
    keepEnter,
    [
      EventCode.OPEN_E,
      EventCode.CREAT_E,
      EventCode.OPENAT_2_E,
      EventCode.OPENAT2_E,
      EventCode.EXECVE_19_E,
      EventCode.EXECVEAT_E,
      EventCode.CONNECT_E,
    ],
  ],
  [
    readOrWrite,
    [
      EventCode.READ_X,
      EventCode.READV_X,
      EventCode.PREAD_X,
      EventCode.PREADV_X,
      EventCode.WRITE_X,
      EventCode.WRITEV_X,
      EventCode.PWRITE_X,
      EventCode.PWRITEV_X,
    ],
  ],
  [receive, RECEIVE_CALLS],
  [send, [EventCode.SEND_X, EventCode.SENDTO_X, EventCode.SENDMSG_X, EventCode.SENDMMSG_X]],
  [open, [EventCode.OPEN_X]],
  [creat, [EventCode.CREAT_X]],
  [openat, [EventCode.OPENAT_2_X, EventCode.OPENAT2_X]],
  [openByHandle, [EventCode.OPEN_BY_HANDLE_AT_X]],
  [truncate, [EventCode.GENERIC_X]],
  [link, [EventCode.SYMLINK_X, EventCode.SYMLINKAT_X, EventCode.LINK_2_X, EventCode.LINKAT_2_X]],
  [link, [EventCode.RENAME_X, EventCode.RENAMEAT_X, EventCode.RENAMEAT2_X]],
  [makeDirectory, [EventCode.MKDIR_2_X, EventCode.MKDIRAT_X]],
  [clone, [EventCode.CLONE_20_X, EventCode.FORK_20_X, EventCode.VFORK_20_X, EventCode.CLONE3_X]],
  [exec, [EventCode.EXECVE_19_X, EventCode.EXECVEAT_X]],
  [procexit, [EventCode.PROCEXIT_1_E]],
  [memfdCreate, [EventCode.MEMFD_CREATE_X]],
  [pidfdOpen, [EventCode.PIDFD_OPEN_X]],
  [pidfdGetfd, [EventCode.PIDFD_GETFD_X]],
  [pipe, [EventCode.PIPE_X, EventCode.PIPE2_X]],
  [socketpair, [EventCode.SOCKETPAIR_X]],
  [createDescriptor, SIMPLE_CREATORS],
  [socket, [EventCode.SOCKET_X]],
  [bind, [EventCode.BIND_X]],
  [connect, [EventCode.CONNECT_X]],
  [accept, [EventCode.ACCEPT_5_X, EventCode.ACCEPT4_6_X]],
  [close, [EventCode.CLOSE_X]],
  [closeRange, [EventCode.CLOSE_RANGE_X]],
  [fcntl, [EventCode.FCNTL_X]],
  [dup, [EventCode.DUP_1_X, EventCode.DUP2_X, EventCode.DUP3_X]],
  [attributes.chdir, [EventCode.CHDIR_X, EventCode.GETCWD_X]],
  [attributes.fchdir, [EventCode.FCHDIR_X]],
  [attributes.chroot, [EventCode.CHROOT_X]],
  [attributes.setUser, [EventCode.SETUID_X, EventCode.SETREUID_X, EventCode.SETRESUID_X]],
  [attributes.setGroup, [EventCode.SETGID_X, EventCode.SETREGID_X, EventCode.SETRESGID_X]],
  [attributes.setsid, [EventCode.SETSID_X]],
  [attributes.capset, [EventCode.CAPSET_X]],
  [attributes.enterNamespaces, [EventCode.UNSHARE_X, EventCode.SETNS_X]],
  [attributes.prctl, [EventCode.PRCTL_X]],
  [attributes.rlimit, [EventCode.GETRLIMIT_X, EventCode.SETRLIMIT_X]],
  [attributes.prlimit, [EventCode.PRLIMIT_X]],
  [attributes.memory, [EventCode.BRK_4_X, EventCode.MMAP_X, EventCode.MMAP2_X, EventCode.MUNMAP_X]],
  [attributes.schedswitch, [EventCode.SCHEDSWITCH_6_E]],
  [attributes.userAdded, [EventCode.USER_ADDED_E]],
  [attributes.userDeleted, [EventCode.USER_DELETED_E]],
  [attributes.groupAdded, [EventCode.GROUP_ADDED_E]],
  [attributes.groupDeleted, [EventCode.GROUP_DELETED_E]],
  [containerJsonEvent, [EventCode.CONTAINER_JSON_2_E]],
  [containerAsyncEvent, [EventCode.ASYNCEVENT_E]],
];

/** Handlers by event type; undefined for events without an effect. */
export const handlers: readonly (Handler | undefined)[] = tableOf();

function tableOf(): (Handler | undefined)[] {
  const table: (Handler | undefined)[] = new Array(eventTypes.length).fill(undefined);
  for (const [handler, codes] of rows) for (const code of codes) table[code] = handler;
  return table;
}
