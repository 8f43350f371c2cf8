import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { expose, formFor } from "./exposition.ts";
import { Histogram } from "./histogram.ts";
import { metricNames, metrics } from "./metrics.ts";
import { Sheet } from "./sheet.ts";
import { OTHER, Tally } from "./tally.ts";

function sheetOf(fill: (sheet: Sheet) => void): Sheet {
  const sheet = new Sheet();
  fill(sheet);
  return sheet;
}

/** Every metric, each with a figure under labels that need care. */
function full(): Sheet {
  const sheet = new Sheet();
  for (const name of metricNames) {
    const histogram = new Histogram([0.01, 1]);
    histogram.observe(0.5);
    const labels = Object.fromEntries(metrics[name].labels.map((label) => [label, 'a "quoted"\\\nvalue é']));
    sheet.putOpen(name, labels as never, {}, metrics[name].kind === "histogram" ? histogram : 1.5e-7);
  }
  return sheet;
}

test("the text form states help and type once, then every series", () => {
  const sheet = sheetOf((each) => {
    each.put("eyas_events_total", { source: "syscall" }, 12);
    each.put("eyas_rules", {}, 3);
    each.put("eyas_events_total", { source: 'o"d\\d\n' }, 1e21);
    each.put("eyas_file_descriptors", {}, undefined);
  });
  expect(expose(sheet, "text")).toBe(
    `# HELP eyas_events_total ${metrics.eyas_events_total.help}
# TYPE eyas_events_total counter
eyas_events_total{source="syscall"} 12
eyas_events_total{source="o\\"d\\\\d\\n"} 1e+21
# HELP eyas_rules ${metrics.eyas_rules.help}
# TYPE eyas_rules gauge
eyas_rules 3
`,
  );
});

test("OpenMetrics names the family of a counter without _total, and says where the end is", () => {
  const sheet = sheetOf((each) => {
    each.put("eyas_events_total", { source: "syscall" }, 12);
    each.put("falcosecurity_falco_host_num_cpus_total", {}, 2);
  });
  const lines = expose(sheet, "openmetrics").split("\n");
  expect(lines).toContain("# TYPE eyas_events counter");
  expect(lines).toContain('eyas_events_total{source="syscall"} 12');
  expect(lines).toContain("# TYPE falcosecurity_falco_host_num_cpus_total unknown");
  expect(lines.slice(-2)).toEqual(["# EOF", ""]);
});

test("a histogram's buckets count all that is smaller too", () => {
  const latency = new Histogram([0.5, 1]);
  for (const value of [0.1, 0.5, 0.7, 30]) latency.observe(value);
  const sheet = sheetOf((each) => each.put("eyas_alert_latency_seconds", {}, latency));
  expect(expose(sheet, "text").split("\n").slice(2, -1)).toEqual([
    'eyas_alert_latency_seconds_bucket{le="0.5"} 2',
    'eyas_alert_latency_seconds_bucket{le="1.0"} 3',
    'eyas_alert_latency_seconds_bucket{le="+Inf"} 4',
    "eyas_alert_latency_seconds_sum 31.3",
    "eyas_alert_latency_seconds_count 4",
  ]);
});

test("tags become labels whatever they are made of", () => {
  const sheet = sheetOf((each) =>
    each.putOpen(
      "falcosecurity_falco_rules_matches_total",
      { rule_name: "r", priority: "4", source: "syscall" },
      { "tag_PCI/DSS-10..2": "true" },
      1,
    ),
  );
  expect(expose(sheet, "text")).toContain('{tag_PCI_DSS_10_2="true",rule_name="r",');
});

test("OpenMetrics is written for those who ask for it", () => {
  expect(formFor(undefined)).toBe("text");
  expect(formFor("text/plain;version=0.0.4")).toBe("text");
  expect(formFor("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2")).toBe("openmetrics");
  expect(formFor("application/openmetrics-text;q=0")).toBe("text");
});

test("a tally holds no more combinations than it may, and loses no count", () => {
  const tally = new Tally(2);
  for (const pod of ["a", "b", "c", "a", "d"]) tally.add(["ns", pod]);
  expect([...tally.entries()]).toEqual([
    [["ns", "a"], 2],
    [["ns", "b"], 1],
    [[OTHER, OTHER], 2],
  ]);
  expect(tally.folded).toBe(2);
});

test("names are as they have to be: counters end in _total, nothing else of ours does", () => {
  for (const name of metricNames) {
    const { kind } = metrics[name];
    expect([name, name.endsWith("_total")]).toEqual([name, kind === "counter" || kind === "unknown"]);
    if (kind === "unknown") expect(name).toMatch(/^falcosecurity_/);
  }
});

const promtool = spawnSync("promtool", ["--version"]).status === 0 ? "" : " (skipped: there is no promtool)";

test.skipIf(promtool !== "")(`promtool finds nothing but the reference's nanoseconds${promtool}`, () => {
  const { stderr, stdout } = spawnSync("promtool", ["check", "metrics"], { input: expose(full(), "text") });
  const found = `${stdout}${stderr}`.trim().split("\n");
  expect(found).toEqual(
    metricNames
      .filter((name) => name.includes("nanoseconds"))
      .map((name) => `${name} use base unit "seconds" instead of "nanoseconds"`)
      .sort(),
  );
  const own = expose(full(), "text", (name) => !name.startsWith("falcosecurity_"));
  const clean = spawnSync("promtool", ["check", "metrics"], { input: own, encoding: "utf8" });
  expect(clean).toMatchObject({ status: 0, stdout: "", stderr: "" });
});
