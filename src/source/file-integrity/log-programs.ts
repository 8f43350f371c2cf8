import type { Manager } from "./messages.ts";

/** A program whose purpose includes the removal of old logs. */
interface LogProgram {
  /** `*` matches any name, for programs with a directory for each version. */
  readonly path: string;
  /** Directories in which the program may remove logs; undefined: all directories. */
  readonly below?: readonly string[];
  /** Whether a package must own the program if the machine has a package database. */
  readonly needsPackage: boolean;
  /** Whether the program removes only its own files in these directories, regardless of its arguments. */
  readonly anyArguments?: boolean;
}

const inJournal = ["/var/log/journal/", "/run/log/journal/"];
const ofPods = ["/var/log/pods/", "/var/log/containers/"];

/**
 * Programs that rename and delete logs according to their configuration. journalctl is not in the list, since its user
 * specifies which logs to delete.
 */
export const logPrograms: readonly LogProgram[] = [
  { path: "/usr/sbin/logrotate", needsPackage: true },
  { path: "/usr/bin/logrotate", needsPackage: true },
  { path: "/usr/lib/systemd/systemd-journald", below: inJournal, needsPackage: true, anyArguments: true },
  { path: "/lib/systemd/systemd-journald", below: inJournal, needsPackage: true, anyArguments: true },
  { path: "/usr/sbin/rsyslogd", needsPackage: true },
  { path: "/usr/sbin/syslog-ng", needsPackage: true },
  { path: "/usr/sbin/auditd", below: ["/var/log/audit/"], needsPackage: true },
  { path: "/usr/bin/kubelet", below: ofPods, needsPackage: false, anyArguments: true },
  { path: "/usr/local/bin/kubelet", below: ofPods, needsPackage: false, anyArguments: true },
  { path: "/opt/bin/kubelet", below: ofPods, needsPackage: false, anyArguments: true },
  { path: "/var/lib/rancher/k3s/data/*/bin/k3s", below: ofPods, needsPackage: false, anyArguments: true },
  { path: "/var/lib/rancher/rke2/data/*/bin/kubelet", below: ofPods, needsPackage: false, anyArguments: true },
  { path: "/var/lib/k0s/bin/kubelet", below: ofPods, needsPackage: false, anyArguments: true },
  { path: "/snap/microk8s/*/kubelite", below: ofPods, needsPackage: false, anyArguments: true },
];

/** Options of logrotate that name its state file or its own log. */
const STATE = /^(?:-s|--state|-l|--log)$/;
const STATE_FILE = /^(?:-s|--state=|-l|--log=)\//;
/** Options of logrotate that run a command. */
const COMMAND = /^(?:-m|--mail)/;
/** Options of the daemons that set the configuration file, with the path in the same argument. */
const CONFIGURED = /^(?:-[fc]|--(?:cfgfile|config)=)(.+)/;
/**
 * Paths that are allowed in arguments: PID files, and the program's own configuration, whose changes are reported. Any
 * other path in /etc may be a link to another directory, such as /etc/resolv.conf to /run.
 */
const CONFIGURATION =
  /^(?:\/etc\/(?:logrotate|rsyslog|syslog-ng|audit)[\w.-]*(?:\/(?!\.\.?(?:\/|$))[\w.-]+)*|\/(?:var\/)?run\/[\w.-]+\.pid)$/;

/**
 * Whether a log program removes a file according to the configuration of the machine.
 * @param args arguments of the program; with another configuration file, the program could remove any file
 * @param removed path of the removed file
 */
export function removesOldLogs(
  { paths, below, anyArguments = false }: Manager,
  args: readonly string[],
  removed: string,
): boolean {
  if (below !== undefined && !below.some((directory) => removed.startsWith(directory))) return false;
  if (anyArguments) return true;
  const isAllowed = paths.some((path) => path.endsWith("/logrotate")) ? isOfLogrotate : isOfDaemon;
  return args.every((arg, i) => isAllowed(arg, args[i - 1] ?? ""));
}

function isOfLogrotate(arg: string, before: string): boolean {
  if (COMMAND.test(arg)) return false;
  if (STATE.test(before) || STATE_FILE.test(arg)) return true;
  return arg.startsWith("-") ? !arg.includes("/") : CONFIGURATION.test(arg);
}

function isOfDaemon(arg: string): boolean {
  if (!arg.startsWith("-")) return CONFIGURATION.test(arg);
  const [, named = arg.includes("/") ? arg.slice(arg.indexOf("/")) : undefined] = CONFIGURED.exec(arg) ?? [];
  return named === undefined || CONFIGURATION.test(named);
}
