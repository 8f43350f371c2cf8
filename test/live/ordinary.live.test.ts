import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { needs } from "../parts/needs.ts";
import { alertsOf, startSensor } from "./sensor.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-ordinary-"));

/** Ordinary work of administrators, developers and package managers. */
const ORDINARY: readonly (readonly [what: string, command: string])[] = [
  ["the state of a password", "passwd -S root"],
  ["the age of a password", "chage -l root"],
  ["running as another user", "su -s /bin/sh -c true nobody"],
  ["looking up users", "getent passwd root"],
  ["checking the account files", "pwck -r"],
  ["listing packages", "dpkg -l"],
  ["searching the package lists", "apt-cache policy bash"],
  ["reading settings", "cat /etc/hosts /etc/passwd /etc/group"],
  ["climbing out of a directory in a script", "cd /usr/share/doc && cat ../../../etc/hostname"],
  ["searching settings for a word", "grep -rs hosts /etc/nsswitch.conf"],
  ["finding files by name", "find /usr/share -maxdepth 2 -name '*.conf'"],
  ["a pipeline", "ps ax | awk '{ print $1 }' | sort | head -3"],
  ["a temporary script", `printf 'echo done\\n' > ${folder}/step.sh && sh ${folder}/step.sh`],
  ["a program built in a temporary directory", `cp /bin/true ${folder}/built && ${folder}/built`],
  ["links between own files", `touch ${folder}/a && ln -sf ${folder}/a ${folder}/b && ln -f ${folder}/a ${folder}/c`],
  ["a log that is created", `echo began > ${folder}/access.log`],
  ["a log that is appended to", `echo more >> ${folder}/access.log`],
  ["packing files", `tar -cf ${folder}/etc.tar /etc/hostname /etc/passwd`],
  ["data in shared memory", "printf x > /dev/shm/eyas-ordinary && rm /dev/shm/eyas-ordinary"],
  ["a script in Python", "python3 -c 'import ssl, socket, subprocess; subprocess.run([\"true\"])'"],
  ["a script in Perl", "perl -e 'print `true`'"],
  ["version control", "git --version"],
  [
    "SSH keys generated and listed",
    `ssh-keygen -q -t ed25519 -N '' -f ${folder}/id_ed25519 && ssh-keygen -lf ${folder}/id_ed25519`,
  ],
  ["an SSH client that cannot reach its server", "ssh -o BatchMode=yes -o ConnectTimeout=1 -p 9 127.0.0.1 true"],
];

/** A suspicious command, which shows that the test would detect an alert. */
const CONTROL = ["reading the password file", "cat /etc/shadow"] as const;

describe("the default rules do not match ordinary work", needs("sensor"), () => {
  let alerts: readonly DrilledAlert[] = [];

  beforeAll(async () => {
    const sensor = await startSensor();
    for (const [what, command] of [...ORDINARY, CONTROL]) {
      spawnSync("sh", ["-c", command], { env: { EYAS_DRILL: mark(what), ...process.env }, stdio: "ignore" });
    }
    await sensor.settled();
    alerts = sensor.alerts();
    await sensor.stop();
  }, 300_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("but match a suspicious command", () => {
    const [what] = CONTROL;
    expect(alertsOf(alerts, mark(what)).map(({ rule }) => rule)).toEqual([
      "Credential file read by unexpected program",
    ]);
  });

  test.each(ORDINARY)("%s", (what) => {
    expect(alertsOf(alerts, mark(what))).toEqual([]);
  });
});

function mark(what: string): string {
  return `ordinary-${what.replaceAll(" ", "-")}`;
}
