import { expect, test } from "vitest";
import type { InternalEvent } from "../../../alert/internal.ts";
import { loadConfig } from "../../../config/load.ts";
import { Thread } from "../../../machine/thread.ts";
import type { LiveCounts } from "../../../source/syscall/counts.ts";
import { Health } from "../../../telemetry/health.ts";
import { Drops } from "./drops.ts";
import { Timeouts } from "./timeouts.ts";

const NONE: LiveCounts = { events: 0, ringFull: 0, tooLarge: 0, scratchBusy: 0, noRing: 0, overShare: 0, lost: 0 };

async function settingsOf(...options: string[]) {
  const { config, diagnostics } = await loadConfig(
    undefined,
    options.map((each) => `syscall_event_drops.${each}`),
    {},
  );
  expect(diagnostics).toEqual([]);
  return config.syscall_event_drops;
}

/** Checks once per second. Each step is the number of events and the number of dropped events in this second. */
async function checked(options: string[], steps: readonly (readonly [events: number, dropped: number])[]) {
  const raised: InternalEvent[] = [];
  const stopped: string[] = [];
  let counts = NONE;
  const context = {
    raise: (event: InternalEvent) => raised.push(event),
    health: new Health(),
    log: () => {},
    stop: (reason: string) => stopped.push(reason),
    processOf: () => undefined,
  };
  const drops = new Drops(
    { counts: () => counts, lastOverShare: () => undefined },
    context,
    await settingsOf(...options),
    0,
  );
  for (const [i, [events, dropped]] of steps.entries()) {
    const lost = counts.lost + dropped;
    counts = { ...counts, events: counts.events + events, ringFull: lost, lost };
    drops.check((i + 1) * 1000);
  }
  return { raised, stopped };
}

test("without actions, an alert of Eyas reports any dropped events, at most once a minute", async () => {
  const { raised } = await checked(
    ["threshold=0.5"],
    [[1000, 1], ...Array.from({ length: 58 }, () => [1, 1] as const)],
  );
  expect(raised.map(({ rule, priority }) => [rule, priority])).toEqual([["Eyas internal: events dropped", "Warning"]]);
});

test("the alert names the process whose events exceeded its share", async () => {
  const raised: InternalEvent[] = [];
  let counts = NONE;
  const perl = Object.assign(new Thread(70), { pid: 70, comm: "perl", uid: 1000 });
  const context = {
    ...{ raise: (event: InternalEvent) => raised.push(event), health: new Health(), log: () => {}, stop: () => {} },
    processOf: (pid: number) => (pid === 70 ? perl : undefined),
  };
  let last = { pid: 70, uid: 1000 };
  const drops = new Drops({ counts: () => counts, lastOverShare: () => last }, context, await settingsOf(), 0);
  counts = { ...counts, overShare: 5, lost: 5 };
  drops.check(1000);
  last = { pid: 71, uid: 1001 };
  counts = { ...counts, overShare: 7, lost: 7 };
  drops.check(70_000);
  counts = { ...counts, ringFull: 1, lost: 8 };
  drops.check(140_000);
  expect(raised.map(({ message }) => message)).toEqual([
    "5 events from the kernel were dropped and not evaluated, most recently events of perl (PID 70, user ID 1000).",
    "2 events from the kernel were dropped and not evaluated, most recently events of a process (PID 71, user ID 1001).",
    "1 event from the kernel was dropped and not evaluated.",
  ]);
  expect(raised.map(({ fields }) => [fields["proc.name"], fields["proc.pid"], fields["user.uid"]])).toEqual([
    ["perl", 70, 1000],
    [undefined, 71, 1001],
    [undefined, undefined, undefined],
  ]);
});

test("the action alert raises Falco's alert with the same text and fields", async () => {
  const { raised, stopped } = await checked(["actions=[log, alert]"], [[80, 20]]);
  expect(stopped).toEqual([]);
  expect(raised).toEqual([
    {
      rule: "Falco internal: syscall event drop",
      priority: "Debug",
      message: "Falco internal: syscall event drop. 20 system calls dropped in last second.",
      fields: {
        ebpf_enabled: "1",
        n_drops: "20",
        n_drops_buffer_clone_fork_exit: "0",
        n_drops_buffer_close_exit: "0",
        n_drops_buffer_connect_exit: "0",
        n_drops_buffer_dir_file_exit: "0",
        n_drops_buffer_execve_exit: "0",
        n_drops_buffer_open_exit: "0",
        n_drops_buffer_other_interest_exit: "0",
        n_drops_buffer_proc_exit: "0",
        n_drops_buffer_total: "20",
        n_drops_bug: "0",
        n_drops_page_faults: "0",
        n_drops_scratch_map: "0",
        n_evts: "100",
      },
      falcoForm: true,
    },
  ]);
});

test("a fraction of dropped events up to the threshold raises no alert", async () => {
  const steps = [
    [90, 10],
    [89, 11],
  ] as const;
  const { raised } = await checked(["actions=[alert]"], steps);
  expect(raised.map(({ fields }) => fields.n_drops)).toEqual(["11"]);
});

test("rate and max_burst limit the actions", async () => {
  const steps = Array.from({ length: 40 }, () => [1, 1] as const);
  expect((await checked(["actions=[alert]"], steps)).raised).toHaveLength(2); // immediately, and after 30 s
  expect((await checked(["actions=[alert]", "max_burst=5"], steps)).raised).toHaveLength(6);
  expect((await checked(["actions=[alert]", "rate=1"], steps)).raised).toHaveLength(40);
});

test("the action exit ends the program, and ignore does nothing", async () => {
  expect((await checked(["actions=[exit]"], [[1, 1]])).stopped).toEqual([
    "1 event was dropped within a second; Eyas exits because syscall_event_drops.actions contains exit.",
  ]);
  for (const actions of ["actions=[ignore]", "actions=[]", "actions=[log]"])
    expect(await checked([actions], [[1, 1]])).toEqual({ raised: [], stopped: [] });
});

test("simulated drops raise the alert regardless of the threshold", async () => {
  const options = ["actions=[alert]", "simulate_drops=true", "threshold=1"];
  const { raised } = await checked(options, [[1000, 0]]);
  expect(raised[0]?.fields).toMatchObject({ n_drops: "1", n_evts: "1000" });
  expect((await checked(["simulate_drops=true"], [[1000, 0]])).raised).toHaveLength(1);
});

test("ignore together with log or alert, and unknown actions, are errors", async () => {
  for (const actions of ["[ignore, log]", "[alert, ignore]", "[page]"]) {
    const { diagnostics } = await loadConfig(undefined, [`syscall_event_drops.actions=${actions}`], {});
    expect(diagnostics).toMatchObject([{ severity: "error" }]);
  }
});

test("consecutive timeouts without an event raise Falco's alert, if the configuration has a limit", () => {
  const raised: InternalEvent[] = [];
  let events = 0;
  const timeouts = new Timeouts(
    () => events,
    (event) => raised.push(event),
    0,
  );
  timeouts.check(1_000_000);
  expect(raised).toEqual([]);
  timeouts.limit = 1000;
  events = 1;
  timeouts.check(1_001_000);
  timeouts.check(1_031_000);
  expect(raised).toEqual([]);
  timeouts.check(1_031_001);
  timeouts.check(1_032_000);
  expect(raised).toMatchObject([
    {
      rule: "Falco internal: timeouts notification",
      message: "Falco internal: timeouts notification. 1000 consecutive timeouts without event.",
      fields: { last_event_time: expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{9}$/) },
    },
  ]);
});

test("a reload applies new settings only to later drops", async () => {
  const raised: InternalEvent[] = [];
  let counts: LiveCounts = { ...NONE, events: 10, ringFull: 5, lost: 5 };
  const context = {
    raise: (event: InternalEvent) => raised.push(event),
    health: new Health(),
    log: () => {},
    stop: () => {},
    processOf: () => undefined,
  };
  const drops = new Drops(
    { counts: () => counts, lastOverShare: () => undefined },
    context,
    await settingsOf("actions=[ignore]"),
    0,
  );
  drops.check(1000);
  drops.apply(await settingsOf("actions=[alert]"), 1500);
  drops.check(3000);
  expect(raised).toEqual([]);
  counts = { ...counts, events: 20, ringFull: 8, lost: 8 };
  drops.check(4000);
  expect(raised.map(({ fields }) => fields.n_drops)).toEqual(["3"]);
  drops.apply(await settingsOf(), 5000);
  counts = { ...counts, ringFull: 9, lost: 9 };
  drops.check(6000);
  expect(raised.at(-1)).toMatchObject({ rule: "Eyas internal: events dropped", fields: { "eyas.events_dropped": 1 } });
});
