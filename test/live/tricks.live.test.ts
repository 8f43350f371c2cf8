import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { openStage } from "../../src/drill/stage.ts";
import { needs } from "../parts/needs.ts";
import { ALL_RULES, alertsOf, home, markedRules, startSensorWith } from "./sensor.ts";

/** Programs and data of the test. `$T` is tricks.c; the others are folders that exist for one trick. */
const folder = mkdtempSync(join(tmpdir(), "eyas-tricks-"));
const tricks = join(folder, "tricks");
const own = `eyas-tricks-${process.pid}`;
const shared = `/dev/shm/${own}`;
const log = `/var/log/${own}.log`;
const sudoers = `/etc/sudoers.d/${own}`;
const LOADER = "/lib64/ld-linux-x86-64.so.2";
const LIBRARY = "/lib/x86_64-linux-gnu/libm.so.6";

/** A command before another that runs it as an unprivileged user. */
const UNPRIVILEGED = "setpriv --reuid=65534 --regid=65534 --clear-groups";

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

/** Tricks of attackers: shell commands in a folder of their own. */
const TRICKS: readonly Trick[] = [
  ["a program in /dev/shm run by the dynamic linker", MAPPED, `cp /bin/true ${shared}/p; ${LOADER} ${shared}/p`],
  ["a program in a memfd run by the dynamic linker", MAPPED, `$T run-memfd ${LOADER} /bin/true`],
  ["a memfd mapped to be run", MAPPED, "$T map-memfd"],
  ["a memfd mapped, then made executable", MAPPED, "$T protect-memfd"],
  ["a memfd mapped by a 32-bit call", MAPPED, "$T map-memfd-32"],
  ["a memfd mapped by the oldest 32-bit call", MAPPED, "$T map-memfd-oldest"],
  ["a library in a memfd", MAPPED, `$T load-memfd ${LIBRARY}`],
  ["a library in /dev/shm", MAPPED, `cp ${LIBRARY} ${shared}/l.so; $T load ${shared}/l.so`],
  ["a program in a memfd", "Fileless program executed from memfd", "$T exec-memfd"],
  ["a script in a memfd", MEMORY_SCRIPT, "$T exec-script-memfd"],
  ["a shell with a script in a memfd by /proc/self/fd", MEMORY_SCRIPT, "$T run-memfd /bin/sh"],
  ["a shell with a script in a memfd by /dev/fd", MEMORY_SCRIPT, "$T run-memfd-dev /bin/sh"],
  ["Python with a script in a memfd", MEMORY_SCRIPT, "$T run-memfd /usr/bin/python3"],
  ["a shell that reads a memfd", MEMORY_SCRIPT, "$T run-stdin /bin/sh"],
  ["a shell with a script in /dev/shm", SHARED, `echo : > ${shared}/s; sh ${shared}/s`],
  ["a shell with options and a script in /dev/shm", MEMORY_SCRIPT, `echo : > ${shared}/s; sh -e -- ${shared}/s`],
  ["a shell with a script in its folder /dev/shm", MEMORY_SCRIPT, `echo : > ${shared}/s; cd ${shared}; sh s`],
  ["a shell with a roundabout path", MEMORY_SCRIPT, `echo : > ${shared}/s; sh /tmp/..${shared}/s`],
  ["a script in /dev/shm that a shell sources", MEMORY_SCRIPT, `echo : > ${shared}/s; bash -c '. ${shared}/s'`],
  ["a shell that reads a script in /dev/shm", MEMORY_SCRIPT, `echo : > ${shared}/s; sh < ${shared}/s`],
  [
    "a script in /dev/shm by its path",
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
  ["own memory written past its protection", "Process memory file opened", "$T mem-own-write"],
  ["a descriptor copied", "File descriptor of another process copied", "$T pidfd-getfd"],
  ["userfaultfd", "Userfaultfd created by unexpected program", "$T userfaultfd"],

  ["clone with a user namespace", NAMESPACE, "$U $T clone"],
  ["clone with user, mount and pid namespaces", NAMESPACE, "$U $T clone-all"],
  ["clone3 with a user namespace", NAMESPACE, "$U $T clone3"],
  ["clone3 with namespaces that the kernel refuses", NAMESPACE, "$U $T clone3-refused"],
  ["unshare by an unprivileged user", NAMESPACE, "$U $T unshare"],

  ["setuid by fchmodat2", SETUID, "touch f; $T fchmodat2 f 4755"],
  ["setuid by open", SETUID, "$T open-mode o 4755"],
  ["setuid by creat", SETUID, "$T creat-mode o 4755"],
  ["setuid by O_TMPFILE", SETUID, "$T tmpfile-mode . 6755"],
  ["a block device", "Device file created", "$T mknod-block d"],
  ["a character device", "Device file created", "$T mknod-char d"],
  ["capabilities by setxattr", CAPABILITIES, "touch f; $T setxattr f"],
  ["capabilities by lsetxattr", CAPABILITIES, "touch f; $T lsetxattr f"],
  ["capabilities by fsetxattr", CAPABILITIES, "touch f; $T fsetxattr f"],
  ["capabilities by setxattrat", CAPABILITIES, "touch f; $T setxattrat f"],
  ["a file in sudoers.d", SUDO, `echo '# x' > ${sudoers}`],
  ["a file moved to sudoers.d", SUDO, `echo '# x' > f; mv f ${sudoers}`],
  ["a link in sudoers.d", SUDO, `echo '# x' > f; ln f ${sudoers}`],
  ["a link made in the folder sudoers.d", SUDO, `echo '# x' > f; from=$PWD; cd /etc/sudoers.d; ln $from/f ${own}`],
  ["a symbolic link made in the folder sudoers.d", SUDO, `cd /etc/sudoers.d; ln -s /dev/null ${own}`],
  ["a symbolic link in sudoers.d", SUDO, `ln -s $PWD/f ${sudoers}`],

  ["a log cut with truncate", LOG_REMOVED, `echo x > ${log}; $T truncate ${log}`],
  ...(process.arch === "x64"
    ? [["a log cut by a 32-bit call", LOG_REMOVED, `echo x > ${log}; $T truncate-32 ${log}`] as const]
    : []),
  ["a log cut with ftruncate", LOG_REMOVED, `echo x > ${log}; $T ftruncate ${log}`],
  ["a hole punched into a log", LOG_REMOVED, `head -c 9000 /dev/zero > ${log}; $T punch ${log}`],
  ["a range of a log zeroed", LOG_REMOVED, `head -c 9000 /dev/zero > ${log}; $T zero ${log}`],
  ["a range of a log cut out", LOG_REMOVED, `head -c 9000 /dev/zero > ${log}; $T collapse ${log}`],
  ["a log removed", LOG_REMOVED, `echo x > ${log}; rm ${log}`],
  ["a log removed from its folder", LOG_REMOVED, `echo x > ${log}; cd /var/log && rm ${own}.log`],
  ["a log moved away", LOG_REMOVED, `echo x > ${log}; mv ${log} f`],
  [
    "a log overwritten in its middle",
    LOG_REMOVED,
    `echo xxxx > ${log}; dd if=/dev/zero of=${log} bs=1 count=2 conv=notrunc`,
  ],
  ["a log emptied", "Log file truncated", `echo x > ${log}; : > ${log}`],
  ["a history cut with truncate", HISTORY_CLEARED, "echo x > .bash_history; $T truncate .bash_history"],
  ["a history cut with ftruncate", HISTORY_CLEARED, "echo x > .bash_history; $T ftruncate .bash_history"],
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

/** Ordinary work that resembles the tricks. */
const ORDINARY: readonly (readonly [what: string, command: string])[] = [
  ["a library of the system", `$T load ${LIBRARY}`],
  ["data in a memfd, and code without a file", "$T map-data"],
  ["a script on the disk", "printf '#!/bin/sh\\n:\\n' > s; sh s; sh < s"],
  ["a pipe by its descriptor", "bash -c 'cat <(echo x)'"],
  ["shared memory of Python", "/usr/bin/python3 -c 'import mmap; mmap.mmap(-1, 4096)'"],
  ["a program below make", "printf 'all:\\n\\tcp /bin/true built; ./built\\n' > Makefile; make"],
  ["own memory read", "$T vm-own; $T mem-own"],
  ["a child without namespaces", "$U $T clone-plain"],
  ["namespaces of root", "$T unshare-root"],
  ["ordinary modes", "touch f; $T fchmodat2 f 755; $T open-mode o 755; $T creat-mode p 644; $T tmpfile-mode . 600"],
  ["a named pipe", "$T mknod-fifo p"],
  ["an attribute of a user", "touch f; $T setxattr-user f"],
  ["a log appended to", `echo x > ${log}; echo y >> ${log}; $T append ${log}; cat ${log}`],
  ["space for a log", `echo x > ${log}; $T allocate ${log}`],
  ["a file cut", "head -c 9000 /dev/zero > f; $T punch f; $T ftruncate f; $T truncate f; mv f g; rm g"],
  ["a history that a shell keeps", "HISTFILE=.bash_history bash -ic 'true; history -a'; HISTSIZE=1000 bash -c :"],
];

const mark = (what: string) => `trick-${what.replaceAll(/[^a-zA-Z0-9]/g, "-")}`;

describe("tricks of attackers", needs("root", "sensor", "clang-19"), () => {
  let alerts: readonly DrilledAlert[] = [];
  const ends = new Map<string, number | null>();

  beforeAll(async () => {
    execFileSync("clang-19", ["-O1", "-o", tricks, join(home, "test/live/tricks.c")]);
    mkdirSync(join(folder, "opt"));
    const stage = openStage();
    const sensor = await startSensorWith(ALL_RULES, markedRules(ALL_RULES));
    // Outside /tmp: programs there raise an alert of their own.
    const program = `/opt/${own}`;
    copyFileSync(tricks, program);
    chmodSync(program, 0o755);
    for (const [what, command] of [...TRICKS.map(([what, , command]) => [what, command] as const), ...ORDINARY]) {
      const cwd = mkdtempSync(join(folder, "trick-"));
      mkdirSync(shared, { recursive: true });
      stage.beginAction(mark(what));
      const env = { HOME: cwd, T: program, U: UNPRIVILEGED };
      const { code } = await stage.run(["/bin/sh", "-ec", command], { container: "host", cwd, env });
      ends.set(what, code);
      for (const path of [shared, log, sudoers, cwd]) rmSync(path, { recursive: true, force: true });
    }
    rmSync(program);
    stage.end();
    await sensor.settled();
    alerts = sensor.alerts();
    await sensor.stop();
  }, 300_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(TRICKS)("%s: %s", (what, rule) => {
    expect(ends.get(what)).toBe(0);
    expect(alertsOf(alerts, mark(what)).map((alert) => alert.rule)).toContain(rule);
  });

  test.each(ORDINARY)("no alert: %s", (what) => {
    expect(ends.get(what)).toBe(0);
    expect(alertsOf(alerts, mark(what)).map((alert) => alert.rule)).toEqual([]);
  });

  test("leaves nothing behind", () => {
    expect([shared, log, sudoers].filter((path) => existsSync(path))).toEqual([]);
    writeFileSync(join(folder, "end"), "");
  });
});
