// Alerts for the store: those of the sample capture, repeated with other processes, containers and times.
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { home } from "../../src/agent/home.ts";
import type { Alert } from "../../src/alert/alert.ts";
import { parsePriority } from "../../src/rule/rule.ts";

interface Line {
  readonly rule: string;
  readonly priority: string;
  readonly source: string;
  readonly tags: readonly string[];
  readonly output: string;
  readonly output_fields: Readonly<Record<string, unknown>>;
}

/** Length of the time and the space before the priority in the text of an alert. */
const TIME = "12:34:56.123456789: ".length;

/** The alerts of the sample capture, as JSON lines of `eyas replay`. */
export function sampleLines(): readonly Line[] {
  const options = ["-o", "json_output=true"];
  const text = execFileSync(join(home, "bin/eyas"), ["replay", join(home, "samples/drill.scap.gz"), ...options], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line): Line => JSON.parse(line));
}

/**
 * Returns alerts as outputs get them. Every second one is about one of 3,000 containers in 500 pods.
 * @param first number of the first alert
 * @param since time of alert 0 in milliseconds since the epoch; 25 alerts per second follow
 */
export function alertsFrom(lines: readonly Line[], first: number, count: number, since: number): Alert[] {
  return Array.from({ length: count }, (_, i) => alertOf(lines, first + i, since));
}

function alertOf(lines: readonly Line[], number: number, since: number): Alert {
  const line = lines[number % lines.length];
  if (line === undefined) throw new Error("the sample capture raised no alerts");
  const { rule, source, tags, output } = line;
  const time = BigInt(since + number * 40) * 1_000_000n + BigInt(number % 1_000_000);
  const pid = 1000 + ((number * 7) % 60_000);
  const fields: Record<string, unknown> = { ...line.output_fields, "evt.time": Number(time), "proc.pid": pid };
  if (typeof fields["proc.cmdline"] === "string") fields["proc.cmdline"] += ` job-${number % 5000}`;
  if (number % 2 === 0) {
    fields["container.id"] = ((number % 3000) * 7919).toString(16).padStart(12, "0");
    fields["container.image.repository"] = `registry.example.com/shop/service-${number % 60}`;
    fields["container.name"] = `service-${number % 3000}`;
    fields["k8s.ns.name"] = `shop-${number % 20}`;
    fields["k8s.pod.name"] = `service-${number % 60}-${number % 500}`;
  }
  const text = output
    .replace(/ pid=\d+/, ` pid=${pid}`)
    .replace(/( command=[^|]*?)(?= \w+=|$)/, `$1 job-${number % 5000}`);
  const names = Object.keys(fields).sort();
  return {
    id: randomUUID(),
    rule,
    priority: parsePriority(line.priority) ?? "Notice",
    source,
    tags,
    time,
    text,
    message: text.slice(TIME + line.priority.length + 1),
    json: "",
    parts: {
      hostname: `node-${number % 200}`,
      output: "",
      names,
      values: names.map((name) => JSON.stringify(fields[name])),
    },
  };
}
