import { journalFile } from "../agent/delivery/journal.ts";
import { Failure } from "../agent/failure.ts";
import { type FindingFilter, postureAnswer } from "../api/posture/answer.ts";
import type { Change, Finding, Posture } from "../api/schemas/posture.ts";
import { journalStore } from "../api/store/journal/journal-store.ts";
import { type Severity, severities } from "../posture/finding.ts";
import { categories, kindNames } from "../posture/kinds.ts";
import { openPosture, usualTimes } from "../posture/posture.ts";
import { count } from "../telemetry/log-lines.ts";
import { painted, print, printError, printJson } from "../telemetry/print.ts";
import type { PostureOptions } from "./posture.ts";
import { readSettings } from "./settings.ts";

/** `eyas posture`: prints findings about the cluster. */
export async function listPosture(text: readonly string[], options: PostureOptions): Promise<void> {
  const filter = filterOf(text, options);
  const limit = limitOf(options.limit ?? "100");
  const { kubeconfig, context } = options;
  const { config } = await readSettings({
    ...(options.config !== undefined && { config: options.config }),
    option: [
      ...(options.option ?? []),
      ...(kubeconfig === undefined ? [] : ["kubernetes.enabled=auto", `kubernetes.kubeconfig=${kubeconfig}`]),
      ...(context === undefined ? [] : [`kubernetes.context=${context}`]),
    ],
  });
  const posture = openPosture(config.kubernetes, { times: { ...usualTimes, wait: usualTimes.longest } });
  const store = journalStore(options.journal ?? journalFile(config.journal));
  try {
    const answer = await postureAnswer(await posture.look(false), filter, { limit }, store);
    if (answer.state === "absent") throw new Failure(answer.reason ?? "");
    if (options.json) for (const finding of answer.findings) printJson(finding);
    else print(answer.findings.map(findingText).join(""));
    printError(coverageText(answer));
    if (answer.workloads === "none") process.exitCode = 1;
  } finally {
    posture.close();
    store.close();
  }
}

/** @throws Failure */
function filterOf(words: readonly string[], options: PostureOptions): FindingFilter {
  const { namespace } = options;
  const text = words.join(" ");
  const severity = oneOf(severities, options.severity, "--severity");
  const category = oneOf(categories, options.category, "--category");
  const kind = oneOf(kindNames, options.kind, "--kind");
  return {
    ...(text !== "" && { text }),
    ...(namespace !== undefined && { namespace }),
    ...(severity !== undefined && { severity }),
    ...(category !== undefined && { category }),
    ...(kind !== undefined && { kind }),
  };
}

/** @throws Failure */
function oneOf<T extends string>(allowed: readonly T[], text: string | undefined, option: string): T | undefined {
  if (text === undefined) return undefined;
  const found = allowed.find((each) => each === text);
  if (found === undefined) throw new Failure(`Invalid ${option} "${text}": expected ${allowed.join(", ")}.`);
  return found;
}

/** @throws Failure */
function limitOf(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0)
    throw new Failure(`Invalid --limit "${text}": expected a non-negative integer.`);
  return limit === 0 ? Number.MAX_SAFE_INTEGER : limit;
}

const colors: Readonly<Record<Severity, Parameters<typeof painted>[0]>> = {
  critical: ["bold", "red"],
  high: "red",
  medium: "yellow",
  low: "gray",
};

/** Length of the longest severity. */
const SEVERITY = 8;

/** Returns a finding as text: severity, kind and object on the first line, details and last change below. */
function findingText({ severity, what, why, object, container, detail, pods, since, change }: Finding): string {
  const place = object.namespace === "" ? object.name : `${object.namespace}/${object.name}`;
  const within = container === "" ? "" : `, container ${container}`;
  const many = pods > 1 ? ` (${count(pods, "pod")})` : "";
  const began = since === null ? "" : ` Since ${since}.`;
  const lines = [
    `${painted(colors[severity], severity.padEnd(SEVERITY))}  ${what}: ${object.kind} ${place}${within}${many}`,
    ...(detail === "" ? [] : [`    ${detail}`]),
    `    ${why}${began}`,
    ...(change === null ? [] : [`    ${changeText(change)}`]),
  ];
  return `${lines.map(oneLine).join("\n")}\n`;
}

function changeText({ time, user, tool, rule, alert }: Change): string {
  if (alert !== null)
    return `Changed by ${user ?? "an unknown user"} at ${time}: ${rule ?? ""} (eyas alerts --show ${alert})`;
  return `Last written at ${time}${tool === null ? "" : ` with ${tool}`}`;
}

/** Replaces line breaks and tabs, because names in the cluster and messages of its API server are untrusted. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\t]/g, " ");
}

/** Describes the pods and findings that the posture includes, and missing findings. */
function coverageText({ server, workloads, node, pods, findings, total, leftOut, missing, notes }: Posture): string {
  const pod = count(pods, "pod");
  const covers =
    workloads === "cluster" ? `${pod} in the cluster` : workloads === "node" ? `${pod} on the node ${node}` : "no pods";
  return [
    `${count(total, "finding")} at ${server}, from ${covers}.`,
    ...(findings.length < total
      ? [`Showing ${findings.length} of ${count(total, "finding")}; --limit 0 shows all.`]
      : []),
    ...(leftOut > 0 ? [`Not listed because of the limits: ${count(leftOut, "more finding")}.`] : []),
    ...missing.map(({ permission, hides }) => `Missing permission: ${permission}. Not shown: ${hides}.`),
    ...notes,
  ]
    .map((line) => `${oneLine(line)}\n`)
    .join("");
}
