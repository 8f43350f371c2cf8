import type { Entry } from "../../src/alert/entry.ts";
import { entry } from "../../src/journal/alerts.fixture.ts";

const SECOND = 1_000_000_000n;
const began = BigInt(Date.now()) * 1_000_000n;

/** Number of alerts of {@link repeatedAlerts}. */
export const REPEATED = 600;

/** Alerts of one rule, one per second until now, that differ only in their workload and in the path. */
export function repeatedAlerts(count = REPEATED): Entry[] {
  return Array.from({ length: count }, (_, number) => {
    const file = `/data/${number}`;
    return entry(
      number,
      {
        rule: "Credential file read by unexpected program",
        time: began - BigInt(count - number) * SECOND,
        message: `cat read the credential file ${file} | file=${file} user=root container=web-${number % 7}`,
      },
      { "fd.name": file, "container.id": `0123456789a${number % 7}`, "container.name": `web-${number % 7}` },
    );
  });
}

/** Text of a long command line, without a space at which it could be broken. */
export const LONG_TEXT = `sh -c ${"eval$(base64-d)".repeat(800)}`;

/** An alert with a long output, command line and ancestors. It was raised three days ago. */
export function longAlert(): Entry {
  const time = began - 3n * 86_400n * SECOND;
  return entry(
    7,
    { rule: "Shell spawned by server process", priority: "Critical", time, message: `sh started | cmd=${LONG_TEXT}` },
    {
      "evt.time": String(time),
      "proc.name": "sh",
      "proc.cmdline": LONG_TEXT,
      "proc.pcmdline": LONG_TEXT,
      "fd.name": "/proc/9883/environ",
      "container.id": "0123456789ab",
      "container.name": "shop",
      "k8s.pod.name": "shop-7d9f4c-xkq2p",
      "k8s.ns.name": "prod",
    },
  );
}

/** A name that an attacker might choose. */
const HOSTILE = '" or rule exists <b>\u202e';

/** Alerts of several rules and containers, raised today, yesterday and the day before. */
export function comparedAlerts(): Entry[] {
  let number = 0;
  const raised = (
    count: number,
    rule: string,
    hoursAgo: number,
    { priority = "Warning", container = "web" }: { priority?: Entry["priority"]; container?: string } = {},
  ): Entry[] =>
    Array.from({ length: count }, () => {
      number++;
      const time = began - 3600n * SECOND * BigInt(hoursAgo) + BigInt(number);
      return entry(number, { rule, priority, time }, { "container.id": "0123456789ab", "container.name": container });
    });
  const priority = "Critical";
  return [
    ...raised(2, "Silent lately", 60),
    ...raised(40, "Quieter", 30),
    ...raised(6, "Steady", 30),
    ...raised(4, "Louder", 30),
    ...raised(10, "Quieter", 3),
    ...raised(6, "Steady", 3),
    ...raised(24, "Louder", 3),
    ...raised(3, "Silent lately", 3),
    ...raised(3, "Container escape", 2, { priority }),
    ...raised(2, "Container escape", 2, { priority, container: HOSTILE }),
    ...raised(2, "Dropped program executed", 2, { priority, container: HOSTILE }),
  ];
}
