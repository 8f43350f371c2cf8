import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { home, sample } from "../agent/home.ts";
import { entry } from "../journal/alerts.fixture.ts";
import { openWriter } from "../journal/write.ts";

const launcher = join(home, "bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-alerts-"));
const file = join(folder, "journal.db");
const limits = { maxAge: 0, maxSize: 0 };
const hostile = "\u001b]0;owned\u0007\u009b31m\u202etxt.exe\u200b\r\n\u{e0041}\ud800";

const writer = openWriter(file, limits);
writer.append([
  entry(1, { time: 1_470_327_477_881_785_348n }, { "evt.time": 1, big: 2 }),
  entry(
    2,
    { rule: '=cmd("x")', priority: "Critical", message: hostile },
    { "fd.name": hostile, "proc.cmdline": "-la" },
  ),
]);
writer.close();

function alerts(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(launcher, ["alerts", "--journal", file, ...words], {
    encoding: "utf8",
    env: { ...process.env, TZ: "UTC", NO_COLOR: "1" },
  });
  return { status, stdout, stderr };
}

describe("eyas alerts", () => {
  test("lists alerts, newest first, one per line", () => {
    const { status, stdout } = alerts();
    expect(status).toBe(0);
    const lines = stdout.split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^ {5}2 {2}2026-11-25 02:25:42 {2}Critical {2}=cmd\("x"\): /);
    expect(lines[1]).toBe("     1  2016-08-04 16:17:57  Warning   File read: cat read the file /etc/file-1 (pid=1)");
    expect(alerts("-n", "1").stdout).toBe(`${lines[0]}\n`);
    expect(alerts("priority>=error").stdout).toBe(`${lines[0]}\n`);
    expect(alerts("nothing like it")).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test.each(
    [[], ["--show", "2"], ["--json"], ["--csv"], ["--count", "fd.name"]]
      .concat([
        ["--count", "fd.name", "--json"],
        ["--count", "fd.name", "--csv"],
      ])
      .map((words) => [words]),
  )("%j escapes control characters", (words) => {
    const { status, stdout } = alerts(...words);
    expect(status).toBe(0);
    expect(stdout).toMatch(/owned/);
    expect(stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u200b\u202e\u{e0041}]/u);
  });

  test("shows an alert with the descriptions of its fields", () => {
    const { stdout } = alerts("--show", "1");
    expect(stdout).toMatch(
      /^Rule {6}File read\nPriority {2}Warning\nWhen {6}2016-08-04 16:17:57.881785348 \(\d+ days ago\); 2016-08-04T16:17:57\.881785348Z\n/,
    );
    expect(stdout).toMatch(/\nproc\.name {2}cat\n {11}The name of the process in the kernel/);
    expect(alerts("--show", "77").stderr).toBe("eyas: Alert 77 not found in the journal.\n");
  });

  test("exports JSON with the same data and the ID", () => {
    const lines = alerts("--json").stdout.trim().split("\n");
    const [second, first] = lines.map((line): Record<string, unknown> => JSON.parse(line));
    expect(first).toMatchObject({
      hostname: "node-1",
      output: "16:17:57.881785348: Warning cat read the file /etc/file-1 (pid=1)",
      output_fields: { "proc.name": "cat", "proc.pid": 1, "fd.name": "/etc/file-1" },
      tags: ["T1005", "host"],
      time: "2016-08-04T16:17:57.881785348Z",
    });
    expect(second).toMatchObject({ output_fields: { "fd.name": hostile } });
    expect(alerts("--show", String(first!.uuid), "--json").stdout.trim()).toBe(lines[1]);
  });

  test("exports CSV without formulas", () => {
    const [head, second, first] = alerts("--csv").stdout.split("\n");
    expect(head).toMatch(/^number,id,time,priority,rule,source,hostname,tags,message,container\.id,/);
    expect(first).toContain(",2016-08-04T16:17:57.881785348Z,Warning,File read,syscall,node-1,T1005 host,");
    expect(second).toContain(`,"'=cmd(""x"")",`);
    expect(second).toContain(",'-la,");
  });

  test("prints counts as a table, JSON and CSV", () => {
    expect(alerts("--count", "priority").stdout).toBe("1  Critical\n1  Warning\n");
    expect(alerts("--count", "by", "rule", "priority=warning").stdout).toBe("1  File read\n");
    expect(alerts("--count", "ns", "--json").stdout).toBe('{"value":null,"count":2}\n');
    expect(alerts("--count", "priority", "--csv").stdout).toBe("priority,count\nCritical,1\nWarning,1\n");
  });

  test.each([
    [["priority>=loud"], /^eyas: "loud" is not a priority; .* See 'eyas alerts --help'\.\n$/],
    [["since", "never"], /^eyas: "never" is not a time; /],
    [["--limit", "x"], /^eyas: Invalid --limit "x": expected a non-negative integer\.\n$/],
    [["--count", "sum"], /^eyas: cannot count by "sum"/],
    [["--journal", "/nowhere/journal.db"], /^eyas: No journal at \/nowhere\/journal\.db\. eyas run creates one\.\n$/],
    [["--journal", launcher], /^eyas: .* is damaged \(file is not a database\)/],
  ])("%j is an error", (words, sentence) => {
    const { status, stdout, stderr } = alerts(...words);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(sentence);
  });

  test("--follow prints new alerts, even if the journal does not exist at first", async () => {
    const later = join(folder, "later.db");
    const child = spawn(launcher, ["alerts", "--journal", later, "-f", "priority=critical"]);
    let told = "";
    child.stdout.on("data", (bytes: Buffer) => {
      told += bytes;
    });
    await sleep(700);
    const one = openWriter(later, limits);
    for (let i = 1; i <= 3; i++) {
      one.append([entry(i, { priority: "Critical", output: undefined, message: `turn ${i}` }), entry(i)]);
      for (let wait = 0; wait < 200 && !told.includes(`turn ${i}\n`); wait++) await sleep(25);
    }
    one.close();
    child.kill();
    expect(told.match(/turn \d/g)).toEqual(["turn 1", "turn 2", "turn 3"]);
    expect(told).not.toContain("Warning");
  });

  test("--follow prints the alerts of a new journal that replaces the previous journal, without repeating recovered alerts", async () => {
    const replaced = join(folder, "replaced.db");
    const append = (to: ReturnType<typeof openWriter>, message: string) =>
      to.append([entry(1, { output: undefined, message })])[0];
    const replace = () => {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(replaced + suffix, { force: true });
      return openWriter(replaced, limits);
    };
    let writer = replace();
    for (const message of ["turn 1", "turn 2"]) append(writer, message);
    const child = spawn(launcher, ["alerts", "--journal", replaced, "-f"]);
    let told = "";
    child.stdout.on("data", (bytes: Buffer) => {
      told += bytes;
    });
    const printed = async (message: string) => {
      for (let wait = 0; wait < 200 && !told.includes(`${message}\n`); wait++) await sleep(25);
    };
    await printed("turn 2");
    const id = append(writer, "turn 3");
    await printed("turn 3");
    writer.close();

    writer = replace();
    writer.restore(1, id ?? Buffer.alloc(16), entry(1, { output: undefined, message: "turn 3" }));
    await sleep(700);
    append(writer, "turn 4");
    await printed("turn 4");
    writer.close();

    writer = replace();
    append(writer, "turn 5");
    await printed("turn 5");
    writer.close();
    child.kill();
    expect(told.match(/turn \d/g)).toEqual(["turn 1", "turn 2", "turn 3", "turn 4", "turn 5"]);
  });

  test("lists the same alerts that eyas replay --journal printed", needs("recording"), () => {
    const kept = join(folder, "replay.db");
    const replay = spawnSync(
      launcher,
      ["replay", String(sample()), "--json", "--journal", "-o", `journal.path=${kept}`],
      {
        encoding: "utf8",
      },
    );
    expect(replay.stderr).toBe("");
    const listed = spawnSync(launcher, ["alerts", "--journal", kept, "--json"], { encoding: "utf8" });
    const without = (line: string): string => line.replace(/,"uuid":"[^"]*"/, "");
    expect(listed.stdout.trim().split("\n").map(without).reverse()).toEqual(replay.stdout.trim().split("\n"));
  });

  const run = (journal: string) =>
    spawnSync(
      launcher,
      ["run", "--json", "-o", "engine.kind=replay", "-o", `engine.replay.capture_file=${sample()}`].concat([
        "-o",
        `journal.path=${journal}`,
      ]),
      { encoding: "utf8" },
    );

  test("eyas run writes its alerts to the journal", needs("recording"), () => {
    const kept = join(folder, "run.db");
    const told = run(kept).stdout.trim().split("\n");
    expect(told.length).toBeGreaterThan(10);
    expect(
      spawnSync(launcher, ["alerts", "--journal", kept, "--json"], { encoding: "utf8" }).stdout.trim().split("\n"),
    ).toHaveLength(told.length);
  });

  test("without a journal, eyas run continues and prints the alerts to standard error", needs("recording"), () => {
    const { status, stdout, stderr } = run(join(file, "below-a-file", "journal.db"));
    expect(status).toBe(0);
    const told = stdout.trim().split("\n");
    expect(told.length).toBeGreaterThan(10);
    expect(stderr).toMatch(
      / error: Cannot write alerts to the journal .*below-a-file.*: .*ENOTDIR.* Events are still evaluated\.\n/,
    );
    expect(stderr.split("\n").filter((line) => line.startsWith("{"))).toEqual(told);
  });
});

test.each([["--csv"], ["--follow"]])("eyas alerts %s reports that its output cannot be written", (option) => {
  const full = openSync("/dev/full", "w");
  const { status, stderr } = spawnSync(launcher, ["alerts", "--journal", file, option], {
    stdio: ["ignore", full, "pipe"],
    encoding: "utf8",
  });
  closeSync(full);
  expect(status).toBe(1);
  expect(stderr).toBe("eyas: Cannot write to standard output: ENOSPC: no space left on device, write.\n");
});

test("eyas alerts skips damaged alerts and prints their number", () => {
  const damaged = join(folder, "damaged.db");
  const writer = openWriter(damaged, limits);
  writer.append([entry(1), entry(2), entry(3)]);
  writer.close();
  const db = new DatabaseSync(damaged);
  db.exec(`UPDATE alert SET "values" = replace("values", 'cat', 'c"at') WHERE seq = 2`);
  db.close();
  for (const more of [[], ["cat"], ["--json"], ["--csv"], ["--count", "fd.name"], ["--show", "2"]]) {
    const { stdout, stderr } = alerts("--journal", damaged, ...more);
    expect(stderr).toContain("1 alert could not be read (damaged).\n");
    expect(stderr).not.toContain(" at ");
    expect(stdout).not.toContain("file-2");
    if (more[0] !== "--show") expect(stdout).toContain("file-3");
  }
});

test("ns and pod also select and count alerts of audit events", () => {
  const file = join(mkdtempSync(join(tmpdir(), "eyas-alerts-")), "journal.db");
  const writer = openWriter(file, limits);
  const audit = (namespace: string) => ({ "ka.target.namespace": namespace, "ka.target.pod.name": "web-1" });
  writer.append([
    entry(1, {}, { "k8s.ns.name": "shop2", "k8s.pod.name": "web-1" }),
    entry(2, { source: "k8s_audit" }, audit("shop2")),
    entry(3, { source: "k8s_audit" }, audit("bank")),
    entry(4, {}, { "k8s.ns.name": "shop", "ka.target.namespace": "shop2" }),
    entry(5),
  ]);
  writer.close();
  const run = (...words: readonly string[]) =>
    spawnSync(launcher, ["alerts", "--journal", file, ...words], { encoding: "utf8" }).stdout;
  const numbers = (...words: readonly string[]) =>
    [...run(...words).matchAll(/^ +(\d+) /gm)].map(([, number]) => Number(number));
  expect(numbers("ns=shop2")).toEqual([4, 2, 1]);
  expect(numbers("ns!=shop2")).toEqual([5, 3]);
  expect(numbers("ns exists")).toEqual([4, 3, 2, 1]);
  expect(numbers("pod=web-1")).toEqual([3, 2, 1]);
  expect(numbers("k8s.ns.name=shop2")).toEqual([1]);
  expect(run("--count", "ns", "--csv").split("\n").sort()).toEqual(
    ["", "bank,1", "ns,count", "shop,1", "shop2,2", ",1"].sort(),
  );
  expect(run("--count", "ns", "--json", "ns=shop2")).toBe('{"value":"shop2","count":2}\n{"value":"shop","count":1}\n');
});
