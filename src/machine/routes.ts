import { EventCode } from "../event/code.ts";
import { EventFlag } from "../event/schema.ts";
import { eventTypes } from "../event/types.ts";

/** How the thread of an event is determined. */
export const Route = {
  /** The event has no thread. */
  none: 0,
  /** The exit of a call. An unknown thread is created. */
  call: 1,
  /** An enter event (old captures) or an event that is not a call. An unknown thread is created. */
  enter: 2,
  /** The exit of a clone. An unknown thread is not created. */
  clone: 3,
  /** The exit of a thread. An unknown thread is not created. */
  exit: 4,
  /** The event does not change its thread. An unknown thread is not created. */
  passive: 5,
} as const;

const NO_THREAD: readonly number[] = [
  EventCode.USER_ADDED_E,
  EventCode.USER_DELETED_E,
  EventCode.GROUP_ADDED_E,
  EventCode.GROUP_DELETED_E,
  EventCode.PLUGINEVENT_E,
];

/** Events that do not change their thread. Old recorders set a thread in events about containers. */
const PASSIVE: readonly number[] = [EventCode.SCHEDSWITCH_6_E, EventCode.CONTAINER_JSON_2_E, EventCode.ASYNCEVENT_E];

const BIRTHS: readonly number[] = [EventCode.CLONE_20_X, EventCode.CLONE3_X, EventCode.FORK_20_X, EventCode.VFORK_20_X];

/** {@link Route} by event type. */
export const routes: Uint8Array = Uint8Array.from(eventTypes, ({ code, flags }) => {
  if ((flags & EventFlag.skipsParserReset) !== 0) {
    return code === EventCode.PROCINFO_E ? Route.passive : Route.none;
  }
  if (NO_THREAD.includes(code)) return Route.none;
  if (PASSIVE.includes(code)) return Route.passive;
  if (code === EventCode.PROCEXIT_1_E) return Route.exit;
  if (BIRTHS.includes(code)) return Route.clone;
  return (code & 1) === 0 ? Route.enter : Route.call;
});

/** Index of the parameter with the descriptor in exit events. */
const EXIT_LOCATIONS: readonly (readonly [location: number, codes: readonly number[]])[] = [
  [
    1,
    [
      EventCode.SETNS_X,
      EventCode.LISTEN_X,
      EventCode.SHUTDOWN_X,
      EventCode.FCHDIR_X,
      EventCode.LSEEK_X,
      EventCode.LLSEEK_X,
      EventCode.IOCTL_3_X,
      EventCode.FSTAT_X,
      EventCode.CLOSE_X,
      EventCode.GETDENTS_X,
      EventCode.GETDENTS64_X,
      EventCode.FLOCK_X,
      EventCode.COPY_FILE_RANGE_X,
      EventCode.FCNTL_X,
      EventCode.DUP_1_X,
      EventCode.DUP2_X,
      EventCode.DUP3_X,
      EventCode.NEWFSTATAT_X,
      EventCode.FCHOWNAT_X,
      EventCode.FCHMODAT_X,
      EventCode.MKDIRAT_X,
      EventCode.UNLINKAT_2_X,
      EventCode.MKNODAT_X,
      EventCode.SENDMMSG_X,
      EventCode.RECVMMSG_X,
      EventCode.IO_URING_REGISTER_X,
      EventCode.IO_URING_ENTER_X,
      EventCode.SETSOCKOPT_X,
      EventCode.GETSOCKOPT_X,
      EventCode.FSCONFIG_X,
      EventCode.FINIT_MODULE_X,
      EventCode.FCHMOD_X,
      EventCode.FCHOWN_X,
    ],
  ],
  [
    2,
    [
      EventCode.READ_X,
      EventCode.PREAD_X,
      EventCode.BIND_X,
      EventCode.WRITE_X,
      EventCode.PWRITE_X,
      EventCode.RECV_X,
      EventCode.SEND_X,
      EventCode.SENDTO_X,
      EventCode.SENDMSG_X,
      EventCode.SENDFILE_X,
      EventCode.SPLICE_X,
      EventCode.WRITEV_X,
      EventCode.PWRITEV_X,
      EventCode.CONNECT_X,
      EventCode.SYMLINKAT_X,
    ],
  ],
  [3, [EventCode.RECVFROM_X, EventCode.READV_X, EventCode.PREADV_X]],
  [5, [EventCode.RECVMSG_X]],
  [8, [EventCode.MMAP_X, EventCode.MMAP2_X]],
];

/** Index of a parameter that no event has. Used for exit events whose descriptor is only in the enter event. */
const OLD_EXIT = 63;

const ENTER_LOCATIONS: ReadonlyMap<number, number> = new Map([
  [EventCode.MMAP_E, 4],
  [EventCode.MMAP2_E, 4],
  [EventCode.SPLICE_E, 1],
]);

/**
 * Index of the parameter with the descriptor of the event, by event type; -1 if there is none. Old versions of exit
 * events lack the parameter.
 */
export const fdLocation: Int8Array = Int8Array.from(eventTypes, ({ code, flags }) => {
  if ((flags & EventFlag.usesFd) === 0) return -1;
  if ((code & 1) === 0) return ENTER_LOCATIONS.get(code) ?? 0;
  return EXIT_LOCATIONS.find(([, codes]) => codes.includes(code))?.[0] ?? OLD_EXIT;
});
