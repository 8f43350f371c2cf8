import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { own, prepare, READ, ROWS, RULES, remove } from "../detection/objects.ts";
import { needs } from "../parts/needs.ts";
import { alertsOf, home, READY_RULE, startSensorWith } from "./sensor.ts";

/** Default rules with the mark of their process and the real path. */
const MARKED =
  READY_RULE +
  RULES.map(
    (rule) => `
- rule: ${rule}
  output: mark=%proc.env[EYAS_DRILL] real=%fd.real.path
  override: { output: append }
`,
  ).join("");

describe("files opened by another path", needs("root", "sensor"), () => {
  let alerts: readonly DrilledAlert[] = [];
  const results = new Map<string, string>();
  let raced = "";

  function run(mark: string, [file = "", ...words]: readonly string[]): string {
    const env = { ...process.env, EYAS_DRILL: mark };
    const { status, stdout, stderr } = spawnSync(file, words, { env, encoding: "utf8", input: "" });
    return status === 0 ? stdout : `exit ${status}: ${stderr}`;
  }

  beforeAll(async () => {
    prepare();
    const sensor = await startSensorWith(
      [join(home, "rules/syscall.yaml"), join(home, "rules/syscall_incubating.yaml")],
      MARKED,
    );
    for (const [what, , , command] of ROWS) results.set(what, run(what, command));
    raced = run("race", own("race"));
    await sensor.settled();
    alerts = sensor.alerts();
    await sensor.stop();
  }, 300_000);

  afterAll(remove);

  test.each(ROWS)("%s: %s, %s", (what, rule, real) => {
    expect(results.get(what)).not.toMatch(/^exit/);
    const found = alertsOf(alerts, what).filter((alert) => alert.rule === rule);
    expect(found.map(({ fields }) => fields["fd.real.path"])).toContain(real);
  });

  test("a path that another thread rewrites raises one alert for each time the file is opened", () => {
    expect(raced).toMatch(/^\d+\n$/);
    expect(alertsOf(alerts, "race").filter(({ rule }) => rule === READ)).toHaveLength(Number(raced));
  });
});
