import { expect, test } from "vitest";
import { type TopView, viewOf } from "../../agent/top/rates.ts";
import { reportAt, ruleWith, sourceWith } from "../../agent/top/view.fixture.ts";
import { textWidth } from "../../output/terminal/width.ts";
import { frameOf } from "./frame.ts";
import { afterKey, firstState, keysIn, type ScreenState } from "./keys.ts";
import { tableText, usualOrder, usualTable } from "./tables.ts";

const process = (name: string, events: number, more = {}) => ({
  ...{ name, pid: 1, many: false, container: "", events, alerts: 0 },
  ...more,
});

function view(): TopView {
  const earlier = reportAt(10, { sources: [sourceWith({})], rules: [ruleWith({}), ruleWith({ name: "Write" })] });
  return viewOf(
    earlier,
    reportAt(12, {
      ...{ cpu_seconds: 0.1, alerts: 1234 },
      sources: [sourceWith({ events: 24_690, drops: 3, busy_seconds: 0.02, lag_seconds: 0.05 })],
      outputs: [
        { name: "stdout", delivered: 5, waiting: 0, lag_seconds: 0, lost: 0 },
        { name: "slack", delivered: 5, waiting: 12, lag_seconds: 90, lost: 1 },
      ],
      processes: [
        process("sshd", 3, { alerts: 1 }),
        process("nginx", 20_000, { many: true, container: "prod/web-0" }),
        process("日本語", 2000, { pid: 77 }),
      ],
      containers: [
        { id: "", name: "", image: "", pod: "", events: 10, alerts: 0 },
        { id: "1f3f78bd6386", name: "web", image: "nginx:1", pod: "prod/web-0", events: 20_000, alerts: 2 },
      ],
      rules: [
        ruleWith({ events: 20_000, samples: 10, sampled_seconds: 5e-6, matches: 9, alerts: 4 }),
        ruleWith({ name: "Write", events: 10 }),
      ],
    }),
  );
}

const texts = (state: ScreenState, columns = 80, rows = 24): string[] =>
  frameOf(view(), state, { columns, rows }).lines.map(({ text }) => text);

test("the screen shows the agent, sources, outputs, the table and the keys", () => {
  expect(texts(firstState("processes"), 100, 12)).toEqual([
    "eyas 1.2.3 on web-1  up 12 s  status ok  CPU 5.0%  memory 200 MB  12,345 events/s  1,234 alerts (61…",
    "outputs: slack: 12 waiting, lag 90 s, 1 lost",
    "SOURCE   EVENTS/S   CPU    LAG  WAITING  DROPPED/S  DROPPED",
    "syscall    12,345  1.0%  0.1 s        –        1.5        3",
    "",
    "EVENTS/S▼  ALERTS      PID  PROCESS  CONTAINER",
    "   10,000       0  several  nginx    prod/web-0",
    "    1,000       0       77  日本語   –",
    "      1.5       1        1  sshd     –",
    "",
    "",
    "q quit  p processes  c containers  r rules  ←→ 1–9 sort  ↑↓ scroll",
  ]);
});

test("containers and rules have tables", () => {
  expect(tableText("containers", view(), usualOrder)).toEqual([
    "EVENTS/S▼  ALERTS  CONTAINER  POD         IMAGE",
    "   10,000       2  web        prod/web-0  nginx:1",
    "      5.0       0  (host)     –           –",
  ]);
  expect(tableText("rules", view(), { column: 0, reversed: false })).toEqual([
    " CPU▼  TIME/EVENT  EVENTS/S  MATCHES  ALERTS  RULE   SOURCE",
    "0.50%      500 ns    10,000        9       4  Shell  syscall",
    "    –           –       5.0        0       0  Write  syscall",
  ]);
});

test.each([1, 2, 3, 5, 8, 24])("%i rows are exactly filled, at any width", (rows) => {
  for (const columns of [1, 10, 40, 80, 200]) {
    const lines = texts(firstState("rules"), columns, rows);
    expect(lines).toHaveLength(rows);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
  }
});

test("untrusted names are escaped", () => {
  const hostile = "x\u001b]0;owned\u0007\u009b31m\u202eevil\n";
  const report = reportAt(2, {
    ...{ hostname: hostile, version: hostile, status: hostile },
    sources: [sourceWith({ name: hostile })],
    outputs: [{ name: hostile, delivered: 0, waiting: 1, lag_seconds: 0, lost: 0 }],
    processes: [process(hostile, 1, { container: hostile })],
    containers: [{ id: hostile, name: hostile, image: hostile, pod: hostile, events: 1, alerts: 1 }],
    rules: [ruleWith({ name: hostile, source: hostile })],
  });
  const shown = viewOf(report, report);
  for (const table of ["processes", "containers", "rules"] as const)
    for (const { text } of frameOf(shown, firstState(table), { columns: 500, rows: 24 }).lines)
      expect(text).not.toMatch(/\p{Cc}|\p{Cf}/u);
});

const press = (state: ScreenState, keys: string) =>
  keysIn(keys).reduce<ReturnType<typeof afterKey>>(
    (now, key) => (typeof now === "string" ? now : afterKey(now, key)),
    state,
  );

test("keys select the table, the order and the first row", () => {
  const first = firstState("processes");
  expect(press(first, "r")).toMatchObject({ table: "rules" });
  expect(press(first, "rc")).toMatchObject({ table: "containers" });
  expect(press(first, "2")).toMatchObject({ orders: { processes: { column: 1, reversed: false } } });
  expect(press(first, "22")).toMatchObject({ orders: { processes: { column: 1, reversed: true } } });
  expect(press(first, "\u001b[C\u001b[C\u001bOD")).toMatchObject({ orders: { processes: { column: 1 } } });
  expect(press(first, "\u001b[D")).toMatchObject({ orders: { processes: { column: 4 } } });
  expect(press(first, "9")).toEqual(first);
  expect(press(first, "\u001b[Bj\u001b[A")).toMatchObject({ scroll: 1 });
  expect(press(first, "\u001b[A")).toMatchObject({ scroll: 0 });
  expect(press(first, "x\u001b[99X😀")).toEqual(first);
  expect(press(first, "q")).toBe("quit");
  expect(press(first, "\u0003")).toBe("quit");
});

test("rows are sorted by the selected column, and scrolling ends at the last row", () => {
  const sorted = (order: { column: number; reversed: boolean }): (string | undefined)[] =>
    tableText("processes", view(), order)
      .slice(1)
      .map((line) => /sshd|nginx|日本語/.exec(line)?.[0]);
  expect(sorted({ column: 1, reversed: false })[0]).toBe("sshd");
  expect(sorted({ column: 3, reversed: false })).toEqual(["nginx", "sshd", "日本語"]);
  expect(sorted({ column: 3, reversed: true })).toEqual(["日本語", "sshd", "nginx"]);
  const { lines, scroll } = frameOf(view(), { ...firstState("processes"), scroll: 99 }, { columns: 80, rows: 9 });
  expect(scroll).toBe(1);
  expect(lines.at(-1)?.text).toMatch(/^2–3 of 3 {2}q quit/);
});

test("rules are shown first if no system calls are watched", () => {
  expect(usualTable(view())).toBe("processes");
  const report = reportAt(1, { sources: [sourceWith({ name: "app" })] });
  expect(usualTable(viewOf(report, report))).toBe("rules");
});
