import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../parts/needs.ts";
import { home, type LiveSensor, markedRules, startSensorWith } from "./sensor.ts";

const RULES = `
- rule: Started
  desc: d
  condition: evt.type in (execve, execveat) and evt.rawres = 0
  output: "%proc.exepath"
  priority: NOTICE
- rule: Shadow
  desc: d
  condition: evt.type = openat and fd.name = /etc/shadow and evt.is_open_read = true
  output: "%proc.exepath %proc.system_name"
  priority: NOTICE
- list: test_addresses
  items: []
- rule: Listed
  desc: d
  condition: evt.type = connect and fd.sip in (test_addresses)
  output: "%fd.sip"
  priority: NOTICE
- list: test_hashes
  items: []
- rule: Hashed
  desc: d
  condition: evt.type in (execve, execveat) and evt.rawres = 0 and proc.exe_sha256 in (test_hashes)
  output: "%proc.exepath"
  priority: NOTICE
`;

/** Fields in the alerts of the rule `Started`. */
const FIELDS = [
  ...["proc.exepath", "proc.exe_sha256", "proc.exe_package", "proc.is_exe_from_package", "proc.is_exe_root_only"],
  ...["proc.is_exe_system", "proc.system_name", "proc.pexe_package"],
];

/** Maximum number of further copies of a program. */
const MAX_COPIES = 10;

const sha256 = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

describe("executables", needs("root"), () => {
  let folder: string;
  let sensor: LiveSensor;
  const path = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "eyas-identity-"));
    writeFileSync(path("addresses.txt"), "192.0.2.77\n");
    copyFileSync("/usr/bin/true", path("malware"));
    writeFileSync(path("malware"), Buffer.concat([readFileSync("/usr/bin/true"), Buffer.from("x")]));
    chmodSync(path("malware"), 0o755);
    writeFileSync(path("hashes.txt"), `${sha256(path("malware"))}\n`);
    const config = {
      indicators: [
        { name: "test_addresses", file: path("addresses.txt"), kind: "address" },
        { name: "test_hashes", file: path("hashes.txt"), kind: "hash" },
      ],
      append_output: [{ match: { rule: "Started" }, extra_fields: FIELDS }],
    };
    writeFileSync(path("config.yaml"), JSON.stringify(config));
    const files = [join(home, "rules/syscall.yaml")];
    sensor = await startSensorWith(files, `${RULES}${markedRules([])}`, "-c", path("config.yaml"));
    // Waits until the package databases are read.
    await until(async () => (await started("/usr/bin/id"))?.["proc.is_exe_from_package"] === true);
  }, 180_000);

  afterAll(async () => {
    await sensor?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a program and returns the fields of its last start. */
  async function started(program: string, args: readonly string[] = []): Promise<Record<string, unknown> | undefined> {
    const before = starts(program).length;
    spawnSync(program, args);
    await until(async () => {
      await sensor.settled();
      return starts(program).length > before;
    });
    return starts(program).at(-1);
  }

  /**
   * Runs a new copy of a program and returns the fields of its first start. On a busy machine, an event does not wait
   * until the executable is examined, so another copy runs if its hash is not known.
   */
  async function startedCopy(program: string, name?: string): Promise<Record<string, unknown> | undefined> {
    for (let i = 0; ; i++) {
      const copy = path(name ?? `copy-${i}`);
      copyFileSync(program, `${copy}.new`);
      renameSync(`${copy}.new`, copy);
      const first = await started(copy);
      if (i === MAX_COPIES || first?.["proc.exe_sha256"] !== null) return first;
    }
  }

  function starts(program: string): Record<string, unknown>[] {
    return sensor
      .alerts()
      .filter(({ rule, fields }) => rule === "Started" && fields["proc.exepath"] === program)
      .map(({ fields }) => fields);
  }

  const alertsOf = (rule: string) => sensor.alerts().filter((alert) => alert.rule === rule);

  test("a program of a package has its hash, its package and a name that it cannot choose", async () => {
    expect(await started("/usr/bin/id")).toMatchObject({
      "proc.exe_sha256": sha256("/usr/bin/id"),
      "proc.exe_package": "coreutils",
      "proc.is_exe_from_package": true,
      "proc.is_exe_root_only": true,
      "proc.system_name": "id",
    });
  });

  test("a copy of the program has the same hash but no package, on the first run", async () => {
    expect(await startedCopy("/usr/bin/id")).toMatchObject({
      "proc.exe_sha256": sha256("/usr/bin/id"),
      "proc.exe_package": null,
      "proc.is_exe_root_only": false,
      "proc.system_name": null,
    });
    // Waits while packages are being installed.
    copyFileSync("/usr/bin/id", path("id"));
    await until(async () => (await started(path("id")))?.["proc.is_exe_from_package"] === false);
  });

  test("a replaced executable has a new hash; an executable that is removed while it runs keeps its hash", async () => {
    expect((await startedCopy("/usr/bin/env", "changing"))?.["proc.exe_sha256"]).toBe(sha256("/usr/bin/env"));
    expect((await startedCopy("/usr/bin/id", "changing"))?.["proc.exe_sha256"]).toBe(sha256("/usr/bin/id"));

    copyFileSync("/usr/bin/sleep", path("unlinked"));
    const child = spawn(path("unlinked"), ["30"]);
    await new Promise((resolve) => child.once("spawn", resolve));
    rmSync(path("unlinked"));
    await until(async () => {
      await sensor.settled();
      return starts(path("unlinked")).length > 0;
    });
    child.kill();
    expect(starts(path("unlinked"))[0]).toMatchObject({
      "proc.exe_sha256": sha256("/usr/bin/sleep"),
      "proc.system_name": null,
    });
  });

  test("a program with the hash of an indicator is detected when it first runs", async () => {
    spawnSync(path("malware"));
    await until(async () => {
      await sensor.settled();
      return alertsOf("Hashed").length > 0;
    });
    expect(alertsOf("Hashed").map(({ fields }) => fields["proc.exepath"])).toEqual([path("malware")]);
  });

  test("programs with trusted names outside packages raise an alert when they read /etc/shadow, programs of packages do not", async () => {
    const RULE = "Credential file read by unexpected program";
    mkdirSync("/opt/eyas-identity-test", { recursive: true });
    const copies = ["/usr/local/bin/sshd", "/opt/eyas-identity-test/su"];
    try {
      for (const copy of copies) copyFileSync("/usr/bin/cat", copy);
      const readers = [
        ...copies.map((copy) => spawnSync(copy, ["/etc/shadow"]).pid),
        // The process sets its own name.
        spawnSync("/usr/bin/perl", ["-e", '$0 = "sshd"; open(F, "<", "/etc/shadow"); <F>']).pid,
      ];
      const { pid } = spawnSync("/usr/bin/chage", ["-l", "root"]);
      const found = (): unknown[] => alertsOf(RULE).map(({ fields }) => fields["proc.pid"]);
      await until(async () => {
        await sensor.settled();
        return readers.every((reader) => found().includes(reader));
      });
      expect(found()).not.toContain(pid);
      expect(alertsOf("Shadow").map(({ fields }) => fields["proc.system_name"])).toContain("chage");
    } finally {
      for (const copy of copies) rmSync(copy, { force: true });
      rmSync("/opt/eyas-identity-test", { recursive: true, force: true });
    }
  });

  test("addresses of a changed file are found without a restart, and no event is lost meanwhile", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const connectOnce = (): void => {
      spawnSync(process.execPath, [
        "-e",
        `require("net").connect(${port}, "127.0.0.1").on("connect", () => process.exit())`,
      ]);
    };
    connectOnce();
    await sensor.settled();
    expect(alertsOf("Listed")).toEqual([]);
    writeFileSync(path("addresses.new"), "192.0.2.77\n127.0.0.0/8\n");
    renameSync(path("addresses.new"), path("addresses.txt"));
    await until(async () => {
      connectOnce();
      await sensor.settled();
      return alertsOf("Listed").length > 0;
    });
    server.close();
    expect(sensor.log()).toContain("The indicator list test_addresses changed: 2 indicators");
  });
});

/** Waits up to a minute until a condition holds. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) if (await holds()) return;
  throw new Error("the condition did not hold within a minute");
}
