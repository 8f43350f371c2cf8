import { defaultRulesOf, readyRules } from "../../src/agent/load/ready-rules.ts";
import { loadConfig } from "../../src/config/load.ts";
import { DocumentEngine } from "../../src/engine/document-engine.ts";
import { fromByteString } from "../../src/event/bytes.ts";
import { type Json, member } from "../../src/event/document.ts";
import { Machine } from "../../src/machine/machine.ts";
import type { Priority } from "../../src/rule/rule.ts";
import { openInbox } from "../../src/source/inbox.ts";
import { documentsIn } from "../../src/source/recorded/documents.ts";
import { readerOf } from "../../src/source/sources.ts";

const SOURCE = "k8s_audit";

/** An alert of the default rules with its event. */
export interface EventAlert {
  readonly rule: string;
  readonly priority: Priority;
  readonly tags: readonly string[];
  readonly message: string;
  readonly auditID: string;
  readonly stage: string;
  readonly userAgent: string;
}

export interface Evaluation {
  readonly events: number;
  /** Descriptions of lines that are not events. */
  readonly invalid: readonly string[];
  readonly alerts: readonly EventAlert[];
}

/** Evaluates the events in log files of an API server, oldest first, as a single `eyas run` would. */
export async function evaluateLogs(paths: readonly string[]): Promise<Evaluation> {
  const { config } = await loadConfig(undefined);
  const rules = await readyRules(defaultRulesOf([SOURCE]), config, "all", "here", { sources: [SOURCE] });
  const { ruleset, raise } = rules.of(SOURCE);
  const reader = await readerOf(SOURCE);
  const inbox = openInbox(SOURCE, { most: Number.POSITIVE_INFINITY, mostBytes: Number.POSITIVE_INFINITY });
  const alerts: EventAlert[] = [];
  const invalid: string[] = [];
  const engine = new DocumentEngine(inbox, new Machine(), ruleset, (rule, event) => {
    const { name, priority, tags } = ruleset.rules[rule]!;
    const of = (key: string): string => text(member(event.document, key));
    const ids = { auditID: of("auditID"), stage: of("stage"), userAgent: of("userAgent") };
    alerts.push({ ...{ rule: name, priority, tags, message: raise(rule, event).message }, ...ids });
  });
  for (const path of paths) {
    const onInvalid = ({ line, message }: { readonly line: number | undefined; readonly message: string }): void => {
      invalid.push(`${path}:${line ?? 0}: ${message}`);
    };
    for await (const some of documentsIn({ path, reader, most: config.sources.k8s_audit.max_event, onInvalid })) {
      inbox.offer(some);
      engine.drain();
    }
  }
  return { events: engine.events, invalid, alerts };
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? fromByteString(value) : "";
}
