import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Stage } from "../../src/drill/action.ts";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { type OwnedStage, openStage } from "../../src/drill/stage.ts";
import { needs } from "../parts/needs.ts";
import { alertsOf, startSensor } from "./sensor.ts";

type Variant = readonly [what: string, fires: readonly string[], act: (stage: Stage) => Promise<unknown>];

const docker = { container: "docker" } as const;

/** Returns a program with another name that does nothing. */
const standIn = (stage: Stage, name: string, ...args: string[]) => [stage.alias(name, "/bin/true"), ...args];

/** Returns a shell with another name that runs a script in child processes. */
const parent = (stage: Stage, name: string, script: string) => [stage.alias(name, stage.shell), "-c", `${script}; :`];

/** Variants of the drill that rules have to match or ignore. */
const VARIANTS: readonly Variant[] = [
  [
    "a traversal that finds nothing",
    ["Sensitive file accessed through path traversal"],
    (stage) => stage.run(["cat", "/usr/share/../../etc/eyas-absent"]),
  ],
  [
    "a traversal by a shell that a server started",
    ["Sensitive file accessed through path traversal", "Shell spawned by server process"],
    (stage) => stage.run(parent(stage, "httpd", "sh -c 'cat /usr/share/../../etc/passwd; :'")),
  ],
  ["a traversal by a script", [], (stage) => stage.run(["sh", "-c", "cat /usr/share/../../etc/passwd; :"])],
  ["a traversal by a script to a harmless file", [], (stage) => stage.run(["cat", "/usr/share/../../bin/true"])],

  [
    "a shell that reads the password file itself",
    ["Credential file read by unexpected program"],
    (stage) => stage.run(["sh", "-c", "read line < /etc/shadow"]),
  ],
  [
    "sudo's rules",
    ["Credential file read by unexpected program"],
    (stage) => stage.run(["sh", "-c", "cat /etc/sudoers || cat /etc/gshadow"]),
  ],
  [
    "a server that reads the password file at startup",
    ["Credential file read by unexpected program"],
    (stage) => stage.run(parent(stage, "postgres", "read line < /etc/shadow")),
  ],

  [
    "keys looked up in a database of names",
    ["Private keys searched with find or grep"],
    (stage) => stage.run(standIn(stage, "locate", "id_ed25519")),
  ],
  [
    "keys searched for in another case",
    ["Private keys searched with find or grep"],
    (stage) => stage.run(standIn(stage, "rg", "-i", "begin rsa private")),
  ],
  [
    "AWS keys by their prefix",
    ["Cloud access keys searched with find or grep"],
    (stage) => stage.run(standIn(stage, "grep", "-rE", "AKIA[A-Z0-9]{16}", ".")),
  ],
  [
    "AWS keys by their file",
    ["Cloud access keys searched with find or grep"],
    (stage) => stage.run(["find", stage.folder, "-path", "*/.aws/credentials"]),
  ],
  ["the key of an index", [], (stage) => stage.run(standIn(stage, "grep", "primary key", "schema.sql"))],

  [
    "a link with an indirect target",
    ["Symbolic link created to credential path"],
    (stage) => stage.run(["ln", "-s", "/etc/security/../shadow", `${stage.folder}/round-about`]),
  ],
  [
    "a link to root's keys",
    ["Symbolic link created to credential path"],
    (stage) => stage.run(["ln", "-s", "/root/.ssh", `${stage.folder}/keys`]),
  ],
  ["a link to certificates", [], (stage) => stage.run(["ln", "-s", "/etc/ssl", `${stage.folder}/ssl`])],

  [
    "a shell started by PHP",
    ["Shell spawned by server process"],
    (stage) => stage.run(parent(stage, "php-fpm8.4", "sh -c id")),
  ],
  [
    "a shell far below a server",
    ["Shell spawned by server process"],
    (stage) => stage.run(parent(stage, "apache2", `${parent(stage, "worker", "bash -c id").map(quoted).join(" ")}`)),
  ],
  [
    "a database that archives its log",
    [],
    (stage) => stage.run(parent(stage, "postgres", `sh -c '${stage.alias("wal-g", "/bin/true")} wal-push'`)),
  ],
  [
    "a server below a program with the name of a package manager",
    ["Shell spawned by server process"],
    (stage) => stage.run(parent(stage, "dpkg", `${parent(stage, "nginx", "sh -c id").map(quoted).join(" ")}`)),
  ],

  [
    "ncat with a shell command",
    ["Netcat or socat shell started in container"],
    (stage) => stage.run(standIn(stage, "ncat", "--sh-exec", "id", "127.0.0.1", "9"), docker),
  ],
  [
    "netcat with its options in one word",
    ["Netcat or socat shell started in container"],
    (stage) => stage.run(standIn(stage, "nc.traditional", "-nlvpe", "9", "/bin/sh"), docker),
  ],
  ["netcat to a host with a hyphen", [], (stage) => stage.run(standIn(stage, "nc", "-zv", "web-e", "9"), docker)],

  [
    "only one stream tied to the network",
    ["Standard stream redirected to network socket"],
    async (stage) => stage.call("connect-and-dup", [`${await stage.listen()}`, "1"], docker),
  ],

  ["a log of logins", ["Log file truncated"], (stage) => stage.run(["sh", "-c", `: > ${stage.file("wtmp", "x")}`])],
  [
    "a log that logrotate empties",
    ["Log file truncated"],
    (stage) =>
      // This is ordinary only below /var/log.
      stage.run(parent(stage, "logrotate", `: > ${stage.file("error.log", "x")}`)),
  ],

  [
    "a new file system",
    ["Data destruction tool started"],
    (stage) => stage.run(standIn(stage, "mkfs.xfs", "/dev/null")),
  ],
  [
    "zeros over a disk",
    ["Data destruction tool started"],
    (stage) => stage.run(standIn(stage, "dd", "if=/dev/zero", "of=/dev/sdzz")),
  ],
  ["zeros into a file", [], (stage) => stage.run(standIn(stage, "dd", "if=/dev/zero", "of=/tmp/zeros"))],
  [
    "a file system created by a program with the name of the kubelet",
    ["Data destruction tool started"],
    (stage) => stage.run(parent(stage, "kubelet", standIn(stage, "mkfs.ext4", "/dev/null").join(" "))),
  ],

  [
    "a program in shared memory by a relative path",
    ["Program executed from shared memory"],
    (stage) => {
      const path = stage.copy("/dev/shm/near", "/bin/true");
      return stage.run(["sh", "-c", `cd ${path.slice(0, path.lastIndexOf("/"))} && ./near; :`]);
    },
  ],
  [
    "data in shared memory given to a program",
    [],
    (stage) => stage.run(standIn(stage, "python3", "train.py", "--cache", "/dev/shm/cache")),
  ],
];

function quoted(word: string): string {
  return `'${word}'`;
}

describe("variants that the default rules match or ignore", needs("root", "sensor"), () => {
  const failures = new Map<string, string>();
  let alerts: readonly DrilledAlert[] = [];
  let stage: OwnedStage;

  beforeAll(async () => {
    const sensor = await startSensor();
    stage = openStage();
    for (const [what, , act] of VARIANTS) {
      stage.beginAction(what);
      await act(stage).catch((error: unknown) => failures.set(what, String(error)));
      stage.endAction();
    }
    await sensor.settled();
    alerts = sensor.alerts();
    await sensor.stop();
  }, 300_000);

  afterAll(() => stage.end());

  test.each(VARIANTS)("%s: %j", (what, fires, _act) => {
    expect(failures.get(what)).toBeUndefined();
    expect([...new Set(alertsOf(alerts, what).map(({ rule }) => rule))].sort()).toEqual([...fires].sort());
  });
});
