import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { choices } from "./choice.ts";
import { expose, formatFor } from "./exposition.ts";
import { Histogram } from "./histogram.ts";
import { LabelCounter, OTHER } from "./label-counter.ts";
import { metricNames, metrics } from "./metrics.ts";
import { Samples } from "./samples.ts";

function sheetOf(fill: (sheet: Samples) => void): Samples {
  const sheet = new Samples();
  fill(sheet);
  return sheet;
}

/** All metrics, with label values that require escaping. */
function full(): Samples {
  const sheet = new Samples();
  for (const name of metricNames) {
    const histogram = new Histogram([0.01, 1]);
    histogram.observe(0.5);
    const labels = Object.fromEntries(metrics[name].labels.map((label) => [label, 'a "quoted"\\\nvalue é']));
    sheet.setWith(name, labels as never, {}, metrics[name].kind === "histogram" ? histogram : 1.5e-7);
  }
  return sheet;
}

test("the text format has help and type once per metric, followed by the series", () => {
  const sheet = sheetOf((each) => {
    each.set("eyas_events_total", { source: "syscall" }, 12);
    each.set("eyas_rules", { source: "syscall" }, 3);
    each.set("eyas_events_total", { source: 'o"d\\d\n' }, 1e21);
    each.set("eyas_file_descriptors", {}, undefined);
  });
  expect(expose(sheet, "text")).toBe(
    `# HELP eyas_events_total ${metrics.eyas_events_total.help}
# TYPE eyas_events_total counter
eyas_events_total{source="syscall"} 12
eyas_events_total{source="o\\"d\\\\d\\n"} 1e+21
# HELP eyas_rules ${metrics.eyas_rules.help}
# TYPE eyas_rules gauge
eyas_rules{source="syscall"} 3
`,
  );
});

test("OpenMetrics names the family of a counter without _total, and marks the end", () => {
  const sheet = sheetOf((each) => {
    each.set("eyas_events_total", { source: "syscall" }, 12);
    each.set("falcosecurity_falco_host_num_cpus_total", {}, 2);
  });
  const lines = expose(sheet, "openmetrics").split("\n");
  expect(lines).toContain("# TYPE eyas_events counter");
  expect(lines).toContain('eyas_events_total{source="syscall"} 12');
  expect(lines).toContain("# TYPE falcosecurity_falco_host_num_cpus_total unknown");
  expect(lines.slice(-2)).toEqual(["# EOF", ""]);
});

test("buckets of a histogram are cumulative", () => {
  const latency = new Histogram([0.5, 1]);
  for (const value of [0.1, 0.5, 0.7, 30]) latency.observe(value);
  const sheet = sheetOf((each) => each.set("eyas_alert_latency_seconds", { source: "s" }, latency));
  expect(expose(sheet, "text").split("\n").slice(2, -1)).toEqual([
    'eyas_alert_latency_seconds_bucket{source="s",le="0.5"} 2',
    'eyas_alert_latency_seconds_bucket{source="s",le="1.0"} 3',
    'eyas_alert_latency_seconds_bucket{source="s",le="+Inf"} 4',
    'eyas_alert_latency_seconds_sum{source="s"} 31.3',
    'eyas_alert_latency_seconds_count{source="s"} 4',
  ]);
});

test("any tag becomes a valid label", () => {
  const sheet = sheetOf((each) =>
    each.setWith(
      "falcosecurity_falco_rules_matches_total",
      { rule_name: "r", priority: "4", source: "syscall" },
      { "tag_PCI/DSS-10..2": "true" },
      1,
    ),
  );
  expect(expose(sheet, "text")).toContain('{tag_PCI_DSS_10_2="true",rule_name="r",');
});

test("OpenMetrics is the format for clients that accept it", () => {
  expect(formatFor(undefined)).toBe("text");
  expect(formatFor("text/plain;version=0.0.4")).toBe("text");
  expect(formatFor("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2")).toBe("openmetrics");
  expect(formatFor("application/openmetrics-text;q=0")).toBe("text");
});

test("combinations above the limit are counted together without loss", () => {
  const tally = new LabelCounter(2);
  for (const pod of ["a", "b", "c", "a", "d"]) tally.add(["ns", pod]);
  expect([...tally.entries()]).toEqual([
    [["ns", "a"], 2],
    [["ns", "b"], 1],
    [[OTHER, OTHER], 2],
  ]);
  expect(tally.overflow).toBe(2);
});

test("combinations above the limit keep their bounded labels", () => {
  const tally = new LabelCounter(2, 1);
  for (const [rule = "", pod = ""] of ["ra", "rb", "rc", "sd", "re", "tf", "tg"]) tally.add([rule, pod]);
  expect([...tally.entries()]).toEqual([
    [["r", "a"], 1],
    [["r", "b"], 1],
    [["r", OTHER], 2],
    [["s", OTHER], 1],
    [[OTHER, OTHER], 2],
  ]);
});

test("names of counters, and no other names with the prefix eyas_, end in _total", () => {
  for (const name of metricNames) {
    const { kind } = metrics[name];
    expect([name, name.endsWith("_total")]).toEqual([name, kind === "counter" || kind === "unknown"]);
    if (kind === "unknown") expect(name).toMatch(/^falcosecurity_/);
  }
});

test("every metric excluded by default exists in seconds", () => {
  const left = metricNames.filter((name) => !choices.default(name));
  expect(left).toEqual([
    "falcosecurity_falco_start_timestamp_nanoseconds",
    "falcosecurity_falco_reload_timestamp_nanoseconds",
    "falcosecurity_falco_host_boot_timestamp_nanoseconds",
  ]);
  const inSeconds = [
    "process_start_time_seconds",
    "eyas_rules_loaded_timestamp_seconds",
    "eyas_host_boot_timestamp_seconds",
  ] as const;
  expect(inSeconds.filter((name) => !choices.default(name))).toEqual([]);
});

test("promtool accepts the default page", needs("promtool"), () => {
  const lint = (choice: keyof typeof choices) =>
    spawnSync("promtool", ["check", "metrics"], { input: expose(full(), "text", choices[choice]), encoding: "utf8" });
  expect(lint("default")).toMatchObject({ status: 0, stdout: "", stderr: "" });
  expect(lint("eyas")).toMatchObject({ status: 0, stdout: "", stderr: "" });
  const { stdout, stderr } = lint("all");
  expect(`${stdout}${stderr}`.trim().split("\n")).toEqual(
    metricNames
      .filter((name) => !choices.default(name))
      .map((name) => `${name} use base unit "seconds" instead of "nanoseconds"`)
      .sort(),
  );
});
