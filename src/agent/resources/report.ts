import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { RULES_GROUP, RULES_VERSION, reportsIn } from "../../context/kubernetes/rule-resource-paths.ts";
import type { RuleResource } from "../../context/kubernetes/rule-resources.ts";
import { openClient } from "../../transport/kubernetes/client.ts";
import { ACCOUNT, type Credentials } from "../../transport/kubernetes/credentials.ts";
import { excerpt } from "../../transport/text.ts";
import type { LoadedResources } from "./isolate.ts";

/** Maximum number of rejected resources in a report, and maximum length of a reason. */
export const REPORT_LIMITS = { failed: 100, message: 500 } as const;

/**
 * Interval between reports without changes, in milliseconds. Reports older than three intervals are ignored, since the
 * node may have been deleted.
 */
export const REPORT_EVERY = 600_000;
/** Maximum time by which a report is delayed, in milliseconds, so that not all nodes report at the same time. */
const SPREAD = 5000;
/** Initial and maximum delay before a failed report is repeated, in milliseconds. */
const [FIRST_WAIT, LONGEST_WAIT] = [5000, 300_000];

/** Reports to the API server which resources this node has loaded. */
export interface Reporter {
  /** Reports an outcome in the background, and repeats the report regularly. */
  report(loaded: LoadedResources): void;
  close(): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface ReporterOptions {
  readonly namespace: string;
  readonly node: string;
  readonly environment: Environment;
  /** Timeout of a request, in milliseconds. */
  readonly timeout: number;
  /** Default: {@link SPREAD}. */
  readonly spread?: number;
}

/** The namespace of reports: the configured namespace, or the namespace of this pod; undefined outside of pods. */
export function reportNamespace(
  { namespace }: { readonly namespace: string },
  { POD_NAMESPACE = "" }: Environment,
  account: string = ACCOUNT,
): string | undefined {
  if (namespace !== "") return namespace;
  if (POD_NAMESPACE !== "") return POD_NAMESPACE;
  try {
    return readFileSync(`${account}/namespace`, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * A digest of a set of resources and their generations. A report contains the digest instead of a list, so that its size
 * does not depend on the number of resources.
 */
export function digestOf(resources: readonly Pick<RuleResource, "name" | "uid" | "generation">[]): string {
  const hash = createHash("sha256");
  const lines = resources.map(({ name, uid, generation }) => `${name} ${uid} ${generation}\n`);
  for (const line of lines.sort()) hash.update(line);
  return hash.digest("hex");
}

/**
 * The name of a report: the name of this pod, because several agents can run on a node; outside of pods, the name of
 * the node.
 */
function reportName(node: string, { POD_NAME = "" }: Environment): string {
  return POD_NAME === "" ? node : POD_NAME;
}

/** The report of a node as a Kubernetes object. */
export function reportOf(
  { wanted, rejected }: LoadedResources,
  { namespace, node, environment }: Pick<ReporterOptions, "namespace" | "node" | "environment">,
  time: Date,
): object {
  const { POD_UID: uid = "" } = environment;
  const name = reportName(node, environment);
  const owner = { apiVersion: "v1", kind: "Pod", name, uid };
  const failed = rejected.slice(0, REPORT_LIMITS.failed).map(({ resource, reason }) => ({
    name: resource.name,
    message: excerpt(reason, REPORT_LIMITS.message),
  }));
  return {
    ...{ apiVersion: `${RULES_GROUP}/${RULES_VERSION}`, kind: "EyasRulesReport" },
    // With this reference, the report is deleted with the pod.
    metadata: { name, namespace, ...(uid !== "" && { ownerReferences: [owner] }) },
    node,
    time: time.toISOString(),
    digest: digestOf(wanted),
    failed,
    omitted: rejected.length - failed.length,
  };
}

/** @param lost called when reports fail, and not again until a report succeeds */
export function openReporter(
  credentials: Credentials,
  options: ReporterOptions,
  lost: (reason: string) => void,
): Reporter {
  const { timeout, namespace, node, spread = SPREAD } = options;
  const client = openClient(credentials, { timeout });
  let latest: LoadedResources | undefined;
  let timer: NodeJS.Timeout | undefined;
  let wait = FIRST_WAIT;
  let isLost = false;
  let isClosed = false;
  let sending: Promise<void> | undefined;

  function later(milliseconds: number): void {
    clearTimeout(timer);
    timer = isClosed ? undefined : setTimeout(start, milliseconds).unref();
  }

  function start(): void {
    sending ??= send().finally(() => {
      sending = undefined;
    });
  }

  async function send(): Promise<void> {
    const sent = latest;
    if (sent === undefined) return;
    try {
      await client.request({
        method: "PATCH", // server-side apply creates the object or replaces it
        path: [...reportsIn(namespace), reportName(node, options.environment)],
        query: { fieldManager: "eyas", force: true },
        type: "application/apply-patch+yaml",
        body: reportOf(sent, options, new Date()),
      });
      isLost = false;
      wait = FIRST_WAIT;
      later(sent === latest ? REPORT_EVERY * (0.9 + Math.random() / 10) : 0);
    } catch (error) {
      if (isClosed) return;
      if (!isLost) lost(error instanceof Error ? error.message : String(error));
      isLost = true;
      later(wait * (0.5 + Math.random() / 2));
      wait = Math.min(2 * wait, LONGEST_WAIT);
    }
  }

  return {
    report(loaded) {
      latest = loaded;
      if (sending === undefined) later(Math.random() * spread);
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      client.close();
    },
  };
}
