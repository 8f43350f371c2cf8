import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { openStage } from "../../src/drill/stage.ts";
import { LIBRARY, leftovers, log, prepare, record, remove, runCommand, shared, TRICKS } from "../detection/tricks.ts";
import { needs } from "../parts/needs.ts";
import { ALL_RULES, alertsOf, markedRules, startSensorWith } from "./sensor.ts";

/** Ordinary work that resembles the tricks. */
const ORDINARY: readonly (readonly [what: string, command: string])[] = [
  ["a library of the system", `$T load ${LIBRARY}`],
  ["data in a memfd, and code without a file", "$T map-data"],
  ["memory without a file made executable beside a memfd", "$T protect-anonymous"],
  ["a script on the disk by a link", "echo : > s; ln -s s l; sh l; bash -c '. ./l'"],
  [
    "data in /dev/shm that a shell and Python read",
    `echo x > ${shared}/x; ln -s ${shared}/x x; sh -c 'read y < x'; cat x`,
  ],
  ["a script on the disk", "printf '#!/bin/sh\\n:\\n' > s; sh s; sh < s"],
  ["a pipe by its descriptor", "bash -c 'cat <(echo x)'"],
  ["shared memory of Python", "/usr/bin/python3 -c 'import mmap; mmap.mmap(-1, 4096)'"],
  ["a program below make", "printf 'all:\\n\\tcp /bin/true built; ./built\\n' > Makefile; make"],
  ["own memory read", "$T vm-own; $T mem-own"],
  ["a child without namespaces", "$U $T clone-plain"],
  ["namespaces of root", "$T unshare-root"],
  ["ordinary modes", "touch f; $T fchmodat2 f 755; $T open-mode o 755; $T creat-mode p 644; $T tmpfile-mode . 600"],
  ["a named pipe", "$T mknod-fifo p"],
  ["a user-defined extended attribute", "touch f; $T setxattr-user f"],
  ["a log appended to", `echo x > ${log}; echo y >> ${log}; $T append ${log}; cat ${log}`],
  ["space allocated for a log", `echo x > ${log}; $T allocate ${log}`],
  ["a lock and an unrelated file removed", `touch ${record}.lock; rm ${record}.lock; touch messages; rm messages`],
  ["a file truncated", "head -c 9000 /dev/zero > f; $T punch f; $T ftruncate f; $T truncate f; mv f g; rm g"],
  [
    "links to a file through indirect paths",
    "touch f; ln -s . d; ln d/f g; ln -s /proc/self/root$PWD/f h; ln -s ../etc/shadow i",
  ],
  [
    "a link to a password file in another directory",
    "mkdir etc; touch etc/shadow; ln -s etc e; $T link e/shadow h; ln -s e/shadow s",
  ],
  [
    "a unit in another directory moved and linked",
    "mkdir units; ln -s units d; touch f; mv f d/x.service; ln d/x.service d/y.service",
  ],
  ["a link to a directory removed", "ln -s /var/log d; rm d; ln -s /etc/systemd e; mv e f"],
  ["a history that a shell writes", "HISTFILE=.bash_history bash -ic 'true; history -a'; HISTSIZE=1000 bash -c :"],
];

const mark = (what: string) => `trick-${what.replaceAll(/[^a-zA-Z0-9]/g, "-")}`;

describe("tricks of attackers", needs("root", "sensor", "clang-19", "make"), () => {
  let alerts: readonly DrilledAlert[] = [];
  const ends = new Map<string, number | null>();

  beforeAll(async () => {
    prepare();
    const stage = openStage();
    const sensor = await startSensorWith(ALL_RULES, markedRules(ALL_RULES));
    for (const [what, command] of [...TRICKS.map(([what, , command]) => [what, command] as const), ...ORDINARY]) {
      stage.beginAction(mark(what));
      ends.set(what, (await runCommand(stage, command)).code);
    }
    stage.end();
    await sensor.settled();
    alerts = sensor.alerts();
    await sensor.stop();
  }, 300_000);

  afterAll(remove);

  test.each(TRICKS)("%s: %s", (what, rule) => {
    expect(ends.get(what)).toBe(0);
    expect(alertsOf(alerts, mark(what)).map((alert) => alert.rule)).toContain(rule);
  });

  test.each(ORDINARY)("no alert: %s", (what) => {
    expect(ends.get(what)).toBe(0);
    expect(alertsOf(alerts, mark(what)).map((alert) => alert.rule)).toEqual([]);
  });

  test("leaves nothing behind", () => {
    expect(leftovers()).toEqual([]);
  });
});
