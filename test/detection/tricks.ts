import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ran, Stage } from "../../src/drill/action.ts";
import type { Suite } from "./behaviour.ts";

/** Name of the programs, files and directories of the test. */
const name = `eyas-tricks-${process.pid}`;
const folder = join(tmpdir(), name);
/** The program built from tricks.c (`$T`). It is outside /tmp, since programs in /tmp raise another alert. */
export const program = `/opt/${name}`;
export const shared = `/dev/shm/${name}`;
export const log = `/var/log/${name}.log`;
/** A file in a log directory without a typical log name. */
export const record = `/var/log/${name}`;
const job = `/etc/cron.d/${name}`;
const unit = `/etc/systemd/system/${name}.service`;
const timer = `/etc/systemd/system/${name}.timer`;
const hook = `/etc/init.d/${name}`;
const pam = `/etc/pam.d/${name}`;
const linker = `/etc/ld.so.conf.d/${name}`;
const sudoers = `/etc/sudoers.d/${name}`;
const LOADER = "/lib64/ld-linux-x86-64.so.2";
export const LIBRARY = "/lib/x86_64-linux-gnu/libm.so.6";

/** Command prefix that runs a command as an unprivileged user. */
const UNPRIVILEGED = "setpriv --reuid=65534 --regid=65534 --clear-groups";

/** Paths that commands create outside their working directory. */
const OUTSIDE = [shared, log, record, job, unit, timer, sudoers, hook, pam, linker];

/** An action of an attacker: description, matching rule, and shell command. */
type Trick = readonly [what: string, rule: string, command: string];

const MAPPED = "Code mapped from memory or unlinked file";
const MEMORY_SCRIPT = "Script executed from memory";
const SHARED = "Program executed from shared memory";
const NAMESPACE = "Linux namespace created by unprivileged process";
const SETUID = "Setuid or setgid bit set on file";
const CAPABILITIES = "File capabilities set";
const LOG_REMOVED = "Log file removed or overwritten";
const HISTORY_CLEARED = "Shell history cleared";
const HISTORY_DISABLED = "Shell history disabled";
const SUDO = "Sudo rules modified";
const JOB = "Scheduled job created or modified";
const UNIT = "Systemd unit created or modified";
const KEYS = "SSH authorized_keys file modified";
const HOOK = "Boot script or event hook modified";
const LOGIN = "Login configuration modified";
const LINKER = "Dynamic linker configuration modified";
const STARTUP = "Shell startup file modified";
const HARD_LINK = "Hard link created to credential file";
const SYMBOLIC_LINK = "Symbolic link created to credential path";
const UNITS = "/etc/systemd/system";

/** Actions of attackers, as shell commands that run in a new directory. */
export const TRICKS: readonly Trick[] = [
  ["a program in /dev/shm run by the dynamic linker", MAPPED, `cp /bin/true ${shared}/p; ${LOADER} ${shared}/p`],
  ["a program in a memfd run by the dynamic linker", MAPPED, `$T run-memfd ${LOADER} /bin/true`],
  ["a memfd mapped to be run", MAPPED, "$T map-memfd"],
  ["a memfd mapped, then made executable", MAPPED, "$T protect-memfd"],
  ["a memfd mapped with a 32-bit system call", MAPPED, "$T map-memfd-32"],
  ["a memfd mapped with the oldest 32-bit system call", MAPPED, "$T map-memfd-oldest"],
  ["a library in a memfd", MAPPED, `$T load-memfd ${LIBRARY}`],
  ["a library in /dev/shm", MAPPED, `cp ${LIBRARY} ${shared}/l.so; $T load ${shared}/l.so`],
  ["the middle of a mapped memfd made executable", MAPPED, "$T protect-middle"],
  ["a memfd made executable together with the preceding mapping", MAPPED, "$T protect-several"],
  ["a memfd made executable by a call that fails at the end of the range", MAPPED, "$T protect-past-end"],
  ["a memfd mapped while all readable mappings are executable", MAPPED, "$T map-personality"],
  ["a program in a memfd", "Fileless program executed from memfd", "$T exec-memfd"],
  ["a script in a memfd", MEMORY_SCRIPT, "$T exec-script-memfd"],
  ["a shell with a script in a memfd through /proc/self/fd", MEMORY_SCRIPT, "$T run-memfd /bin/sh"],
  ["a shell with a script in a memfd through /dev/fd", MEMORY_SCRIPT, "$T run-memfd-dev /bin/sh"],
  ["Python with a script in a memfd", MEMORY_SCRIPT, "$T run-memfd /usr/bin/python3"],
  ["a shell that reads a memfd", MEMORY_SCRIPT, "$T run-stdin /bin/sh"],
  ["a shell with a script in /dev/shm", SHARED, `echo : > ${shared}/s; sh ${shared}/s`],
  ["a shell with options and a script in /dev/shm", MEMORY_SCRIPT, `echo : > ${shared}/s; sh -e -- ${shared}/s`],
  [
    "a shell with a script in the working directory /dev/shm",
    MEMORY_SCRIPT,
    `echo : > ${shared}/s; cd ${shared}; sh s`,
  ],
  ["a shell with an indirect path to a script", MEMORY_SCRIPT, `echo : > ${shared}/s; sh /tmp/..${shared}/s`],
  ["a script in /dev/shm that a shell sources", MEMORY_SCRIPT, `echo : > ${shared}/s; bash -c '. ${shared}/s'`],
  ["a shell that reads a script in /dev/shm", MEMORY_SCRIPT, `echo : > ${shared}/s; sh < ${shared}/s`],
  ["a script in a memfd through a symbolic link", MEMORY_SCRIPT, "$T link-memfd /bin/sh"],
  ["Python with a script in a memfd through a symbolic link", MEMORY_SCRIPT, "$T link-memfd /usr/bin/python3"],
  ["a script in /dev/shm through a symbolic link", MEMORY_SCRIPT, `echo : > ${shared}/s; ln -s ${shared}/s s; sh s`],
  [
    "a script in /dev/shm through a link to the directory",
    MEMORY_SCRIPT,
    `echo : > ${shared}/s; ln -s ${shared} d; sh d/s`,
  ],
  [
    "a script in /dev/shm through /proc/self/root",
    MEMORY_SCRIPT,
    `echo : > ${shared}/s; sh /proc/self/root${shared}/s`,
  ],
  [
    "a script in /dev/shm that a shell sources through a link",
    MEMORY_SCRIPT,
    `echo : > ${shared}/s; ln -s ${shared}/s s; bash -c '. ./s'`,
  ],
  [
    "Python with a script in /dev/shm through a link",
    MEMORY_SCRIPT,
    `echo : > ${shared}/s; ln -s ${shared}/s s; echo pass > ${shared}/s; python3 s`,
  ],
  [
    "a script in /dev/shm run by its path",
    MEMORY_SCRIPT,
    `printf '#!/bin/sh\\n:\\n' > ${shared}/s; chmod 755 ${shared}/s; cd ${shared}; ./s`,
  ],
  ["a file without a name (O_TMPFILE)", "Program executed from unlinked file", "$T exec-tmpfile ."],
  ["a removed file", "Program executed from unlinked file", "cp /bin/true gone; $T exec-unlinked gone"],
  ["a program in /tmp", "Program executed from temporary directory", "cp /bin/true payload; ./payload"],

  ["memory read with process_vm_readv", "Memory of another process accessed", "$T vm-read"],
  ["memory written with process_vm_writev", "Memory of another process accessed", "$T vm-write"],
  ["/proc/PID/mem read", "Process memory file opened", "$T mem-read"],
  ["/proc/PID/mem written", "Process memory file opened", "$T mem-write"],
  ["/proc/self/mem opened for writing", "Process memory file opened", "$T mem-own-write"],
  ["a descriptor copied", "File descriptor of another process copied", "$T pidfd-getfd"],
  ["userfaultfd", "Userfaultfd created by unexpected program", "$T userfaultfd"],

  ["clone with a user namespace", NAMESPACE, "$U $T clone"],
  ["clone with user, mount and PID namespaces", NAMESPACE, "$U $T clone-all"],
  ["clone3 with a user namespace", NAMESPACE, "$U $T clone3"],
  ["clone3 with namespaces that the kernel denies", NAMESPACE, "$U $T clone3-refused"],
  ["clone with only a mount namespace, denied by the kernel", NAMESPACE, "$U $T clone-refused mount"],
  ["clone with only a PID namespace, denied by the kernel", NAMESPACE, "$U $T clone-refused pid"],
  ["clone3 with a mount namespace", NAMESPACE, "$U $T clone3-one mount"],
  ["clone3 with a PID namespace", NAMESPACE, "$U $T clone3-one pid"],
  ["unshare by an unprivileged user", NAMESPACE, "$U $T unshare"],

  ["setuid bit set with fchmodat2", SETUID, "touch f; $T fchmodat2 f 4755"],
  ["setuid bit set with open", SETUID, "$T open-mode o 4755"],
  ["setuid bit set with creat", SETUID, "$T creat-mode o 4755"],
  ["setuid bit set with O_TMPFILE", SETUID, "$T tmpfile-mode . 6755"],
  ["a block device", "Device file created", "$T mknod-block d"],
  ["a character device", "Device file created", "$T mknod-char d"],
  ["capabilities set with setxattr", CAPABILITIES, "touch f; $T setxattr f"],
  ["capabilities set with lsetxattr", CAPABILITIES, "touch f; $T lsetxattr f"],
  ["capabilities set with fsetxattr", CAPABILITIES, "touch f; $T fsetxattr f"],
  ["capabilities set with setxattrat", CAPABILITIES, "touch f; $T setxattrat f"],
  ["a file in sudoers.d", SUDO, `echo '# x' > ${sudoers}`],
  ["a file moved to sudoers.d", SUDO, `echo '# x' > f; mv f ${sudoers}`],
  ["a link in sudoers.d", SUDO, `echo '# x' > f; ln f ${sudoers}`],
  [
    "a link created in the directory sudoers.d",
    SUDO,
    `echo '# x' > f; from=$PWD; cd /etc/sudoers.d; ln $from/f ${name}`,
  ],
  ["a symbolic link created in the directory sudoers.d", SUDO, `cd /etc/sudoers.d; ln -s /dev/null ${name}`],
  ["a symbolic link in sudoers.d", SUDO, `ln -s $PWD/f ${sudoers}`],

  ["a job moved into its directory", JOB, `echo '# x' > f; mv f /etc/cron.d/${name}`],
  ["a job moved to a relative path", JOB, `echo '# x' > f; from=$PWD; cd /etc/cron.d; mv $from/f ${name}`],
  ["a job moved through a directory descriptor", JOB, `echo '# x' > f; $T rename-at /etc/cron.d ${name}`],
  ["a job linked through a directory descriptor", JOB, `echo '# x' > f; $T link-at /etc/cron.d ${name}`],
  ["a job created without a name, then linked", JOB, `$T tmpfile-at /etc/cron.d ${name}`],
  ["a job moved through /proc/self/root", JOB, `echo '# x' > f; mv f /proc/self/root/etc/cron.d/${name}`],
  [
    "a job moved through /proc/self/cwd",
    JOB,
    `echo '# x' > f; from=$PWD; cd /etc/cron.d; mv $from/f /proc/self/cwd/${name}`,
  ],
  ["a unit moved into its directory", UNIT, `echo '# x' > f; mv f /etc/systemd/system/${name}.service`],
  [
    "a unit moved to a relative path",
    UNIT,
    `echo '# x' > f; from=$PWD; cd /etc/systemd/system; mv $from/f ${name}.service`,
  ],
  [
    "a unit moved through a directory descriptor",
    UNIT,
    `echo '# x' > f; $T rename-at /etc/systemd/system ${name}.service`,
  ],
  [
    "a unit linked through a directory descriptor",
    UNIT,
    `echo '# x' > f; $T link-at /etc/systemd/system ${name}.service`,
  ],
  ["a unit created without a name, then linked", UNIT, `$T tmpfile-at /etc/systemd/system ${name}.service`],
  [
    "a unit moved through /proc/self/root",
    UNIT,
    `echo '# x' > f; mv f /proc/self/root/etc/systemd/system/${name}.service`,
  ],
  [
    "a unit moved through /proc/self/cwd",
    UNIT,
    `echo '# x' > f; from=$PWD; cd /etc/systemd/system; mv $from/f /proc/self/cwd/${name}.service`,
  ],
  ["sudo rules moved into their directory", SUDO, `echo '# x' > f; mv f /etc/sudoers.d/${name}`],
  ["sudo rules moved to a relative path", SUDO, `echo '# x' > f; from=$PWD; cd /etc/sudoers.d; mv $from/f ${name}`],
  ["sudo rules moved through a directory descriptor", SUDO, `echo '# x' > f; $T rename-at /etc/sudoers.d ${name}`],
  ["sudo rules linked through a directory descriptor", SUDO, `echo '# x' > f; $T link-at /etc/sudoers.d ${name}`],
  ["sudo rules created without a name, then linked", SUDO, `$T tmpfile-at /etc/sudoers.d ${name}`],
  ["sudo rules moved through /proc/self/root", SUDO, `echo '# x' > f; mv f /proc/self/root/etc/sudoers.d/${name}`],
  [
    "sudo rules moved through /proc/self/cwd",
    SUDO,
    `echo '# x' > f; from=$PWD; cd /etc/sudoers.d; mv $from/f /proc/self/cwd/${name}`,
  ],
  ["SSH keys moved into their directory", KEYS, "mkdir keys; echo '# x' > f; mv f keys/authorized_keys"],
  [
    "SSH keys moved to a relative path",
    KEYS,
    "mkdir keys; echo '# x' > f; from=$PWD; cd keys; mv $from/f authorized_keys",
  ],
  [
    "SSH keys moved through a directory descriptor",
    KEYS,
    "mkdir keys; echo '# x' > f; $T rename-at keys authorized_keys",
  ],
  [
    "SSH keys moved through a link to the directory",
    KEYS,
    "mkdir keys; echo '# x' > f; ln -s $PWD/keys d; mv f d/authorized_keys",
  ],
  [
    "SSH keys moved into a directory that was entered through a link",
    KEYS,
    "mkdir keys; echo '# x' > f; ln -s $PWD/keys d; from=$PWD; cd -P d; mv $from/f authorized_keys",
  ],
  [
    "SSH keys linked through a directory descriptor",
    KEYS,
    "mkdir keys; echo '# x' > f; $T link-at keys authorized_keys",
  ],
  ["SSH keys created without a name, then linked", KEYS, "mkdir keys; $T tmpfile-at keys authorized_keys"],
  [
    "SSH keys moved through /proc/self/root",
    KEYS,
    "mkdir keys; echo '# x' > f; mv f /proc/self/root$PWD/keys/authorized_keys",
  ],
  [
    "SSH keys moved through /proc/self/cwd",
    KEYS,
    "mkdir keys; echo '# x' > f; from=$PWD; cd keys; mv $from/f /proc/self/cwd/authorized_keys",
  ],

  ["a shell startup file moved into place", STARTUP, "echo '# x' > f; mv f .bashrc"],
  ["a shell startup file linked", STARTUP, "echo '# x' > f; ln f .profile"],
  ["a symbolic link as a shell startup file", STARTUP, "echo '# x' > f; ln -s $PWD/f .zshrc"],
  ["a shell startup file created without a name, then linked", STARTUP, "mkdir home; $T tmpfile-at home .bashrc"],
  ["a timer created without a name, then linked", UNIT, `$T tmpfile-at /etc/systemd/system ${name}.timer`],
  ["a boot script moved into place", HOOK, `echo '# x' > f; mv f ${hook}`],
  ["a boot script created without a name, then linked", HOOK, `$T tmpfile-at /etc/init.d ${name}`],
  ["a symbolic link as a boot script", HOOK, `ln -s /dev/null ${hook}`],
  ["a PAM file moved into place", LOGIN, `echo '# x' > f; mv f ${pam}`],
  ["a PAM file created without a name, then linked", LOGIN, `$T tmpfile-at /etc/pam.d ${name}`],
  ["a dynamic linker configuration file moved into place", LINKER, `echo '# x' > f; mv f ${linker}`],
  [
    "a dynamic linker configuration file created without a name, then linked",
    LINKER,
    `$T tmpfile-at /etc/ld.so.conf.d ${name}`,
  ],
  ["a drop-in for a unit", UNIT, "mkdir -p ssh.service.d; echo '# x' > ssh.service.d/x.conf"],

  ["a hard link to the password file", HARD_LINK, "$T link /etc/shadow h"],
  ["a hard link through a link to the directory", HARD_LINK, "ln -s /etc d; $T link d/shadow h"],
  ["a hard link through a link to another directory, and ..", HARD_LINK, "ln -s /etc/pam.d d; $T link d/../shadow h"],
  ["a hard link through /proc/self/root", HARD_LINK, "$T link /proc/self/root/etc/shadow h"],
  ["a hard link through a link to /proc/self/root", HARD_LINK, "ln -s /proc/self/root/etc d; $T link d/shadow h"],
  ["a hard link to a path with two slashes", HARD_LINK, "$T link //etc/shadow h"],
  ["a hard link to a path full of slashes", HARD_LINK, `$T link $(printf '%04000d' 0 | tr 0 /)etc/shadow h`],
  ["a hard link by ln", HARD_LINK, "ln -s /etc d; ln d/shadow h"],
  ["a relative symbolic link to the password file", SYMBOLIC_LINK, "ln -s ../../../../etc/shadow s"],
  ["a symbolic link to the password file through /proc/1/root", SYMBOLIC_LINK, "ln -s /proc/1/root/etc/shadow s"],
  ["a relative symbolic link to SSH keys", SYMBOLIC_LINK, "ln -s ../../../../root/.ssh s"],
  ["a symbolic link through another one", SYMBOLIC_LINK, "ln -s /etc/pam.d d; ln -s d/../shadow s"],
  ["a unit moved through a link to its directory", UNIT, `echo '# x' > f; ln -s ${UNITS} d; mv f d/${name}.service`],
  ["a unit linked through a link to its directory", UNIT, `echo '# x' > f; ln -s ${UNITS} d; ln f d/${name}.service`],
  [
    "a symbolic link as a unit through a link to its directory",
    UNIT,
    `ln -s ${UNITS} d; ln -s /dev/null d/${name}.service`,
  ],
  [
    "a unit moved to a relative path within a link to its directory",
    UNIT,
    `echo '# x' > f; ln -s ${UNITS} d; from=$PWD; cd d; mv $from/f ${name}.service`,
  ],
  [
    "a job moved through a link that is removed immediately",
    JOB,
    `echo '# x' > f; ln -s /etc/cron.d d; mv f d/${name}; rm d`,
  ],
  ["a job moved through a chain of links", JOB, `echo '# x' > f; ln -s /etc a; ln -s a/cron.d b; mv f b/${name}`],
  [
    "a job moved through a link within a linked directory",
    JOB,
    `echo '# x' > f; mkdir sub; ln -s sub d; ln -s /etc/cron.d d/e; mv sub moved; mv f moved/e/${name}`,
  ],
  ["a log removed through a link to its directory", LOG_REMOVED, `echo x > ${log}; ln -s /var/log d; rm d/${name}.log`],

  ["a log shortened with truncate", LOG_REMOVED, `echo x > ${log}; $T truncate ${log}`],
  ...(process.arch === "x64"
    ? [["a log shortened with a 32-bit system call", LOG_REMOVED, `echo x > ${log}; $T truncate-32 ${log}`] as const]
    : []),
  [
    "a log shortened with truncate through /proc/self/cwd",
    LOG_REMOVED,
    `echo x > ${log}; cd /var/log; $T truncate /proc/self/cwd/${name}.log`,
  ],
  [
    "a log shortened through a symbolic link that is removed immediately",
    LOG_REMOVED,
    `echo x > ${log}; ln -s ${log} cut; $T truncate-unlink cut`,
  ],
  ["a log shortened with ftruncate", LOG_REMOVED, `echo x > ${log}; $T ftruncate ${log}`],
  ["a hole punched into a log", LOG_REMOVED, `head -c 9000 /dev/zero > ${log}; $T punch ${log}`],
  ["a range of a log zeroed", LOG_REMOVED, `head -c 9000 /dev/zero > ${log}; $T zero ${log}`],
  ["a range of a log collapsed", LOG_REMOVED, `head -c 9000 /dev/zero > ${log}; $T collapse ${log}`],
  ["a log removed", LOG_REMOVED, `echo x > ${log}; rm ${log}`],
  ["a log removed by a relative path", LOG_REMOVED, `echo x > ${log}; cd /var/log && rm ${name}.log`],
  ["a log with an unusual name removed", LOG_REMOVED, `echo x > ${record}; rm ${record}`],
  ["a log with an unusual name removed by a relative path", LOG_REMOVED, `echo x > ${record}; cd /var/log; rm ${name}`],
  ["a log removed through a directory descriptor", LOG_REMOVED, `echo x > ${record}; $T unlink-at /var/log ${name}`],
  ["a log moved away by a relative path", LOG_REMOVED, `echo x > ${record}; to=$PWD; cd /var/log; mv ${name} $to/f`],
  ["a log renamed in its directory", LOG_REMOVED, `echo x > ${record}; cd /var/log; mv ${name} ${name}.log`],
  ["a log moved away", LOG_REMOVED, `echo x > ${log}; mv ${log} f`],
  [
    "a log overwritten in the middle",
    LOG_REMOVED,
    `echo xxxx > ${log}; dd if=/dev/zero of=${log} bs=1 count=2 conv=notrunc`,
  ],
  ["a log emptied", "Log file truncated", `echo x > ${log}; : > ${log}`],
  ["a history shortened with truncate", HISTORY_CLEARED, "echo x > .bash_history; $T truncate .bash_history"],
  ["a history shortened with ftruncate", HISTORY_CLEARED, "echo x > .bash_history; $T ftruncate .bash_history"],
  ["a hole in a history", HISTORY_CLEARED, "head -c 9000 /dev/zero > .bash_history; $T punch .bash_history"],
  ["a history removed", HISTORY_CLEARED, "echo x > .bash_history; rm .bash_history"],
  ["a history moved", HISTORY_CLEARED, "echo x > .bash_history; mv .bash_history f"],
  ["a history replaced", HISTORY_CLEARED, "echo x > .bash_history; : > f; mv f .bash_history"],
  ["a history linked to /dev/null", HISTORY_CLEARED, "ln -s /dev/null .bash_history"],
  [
    "a history replaced by a link to /dev/null",
    HISTORY_CLEARED,
    "echo x > .bash_history; ln -sf /dev/null .bash_history",
  ],
  ["HISTFILE=/dev/null", HISTORY_DISABLED, "HISTFILE=/dev/null sh -c :"],
  ["HISTSIZE=0", HISTORY_DISABLED, "HISTSIZE=0 sh -c :"],
  ["unset HISTFILE", HISTORY_DISABLED, "bash -c 'unset HISTFILE; :'"],
  ["history -c", HISTORY_DISABLED, "bash -c 'history -c'"],
];

/** Whether this suite created the directory for sudo rules. */
let sudoersMade = false;

/** Builds the program of {@link TRICKS}, and creates missing directories. */
export function prepare(): void {
  mkdirSync(folder);
  sudoersMade = mkdirSync("/etc/sudoers.d", { recursive: true }) !== undefined;
  execFileSync("clang-19", ["-O1", "-o", program, join(import.meta.dirname, "../live/tricks.c")]);
}

/** Runs a command of {@link TRICKS} in a new directory outside containers, and removes the files that it created. */
export async function runCommand(stage: Stage, command: string): Promise<Ran> {
  const cwd = mkdtempSync(join(folder, "trick-"));
  mkdirSync(shared, { recursive: true });
  const env = { HOME: cwd, T: program, U: UNPRIVILEGED };
  try {
    return await stage.run(["/bin/sh", "-ec", command], { container: "host", cwd, env });
  } finally {
    for (const path of [...OUTSIDE, cwd]) rmSync(path, { recursive: true, force: true });
  }
}

export function remove(): void {
  if (sudoersMade) rmSync("/etc/sudoers.d", { recursive: true });
  for (const path of [folder, program]) rmSync(path, { recursive: true, force: true });
}

/** Returns the files that commands left behind. */
export function leftovers(): string[] {
  return OUTSIDE.filter((path) => existsSync(path));
}

export const tricks: Suite = {
  title: "Memory, injection, privileges and traces",
  about: "Code executed from memory, access to other processes, namespaces, file privileges, and removal of traces.",
  async open() {
    prepare();
    return {
      behaviours: TRICKS.map(([name, rule, command]) => ({
        name,
        rules: [rule],
        needs: ["root", "cgroup"],
        async act(stage) {
          const { code, output } = await runCommand(stage, command);
          if (code !== 0) throw new Error(`exit ${code}: ${output.trim()}`);
        },
      })),
      close: remove,
    };
  },
};
