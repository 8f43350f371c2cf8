import type { Config } from "../config/load.ts";
import { anyJson, type Reader, readerOf } from "../source/readers.ts";

/** What the configuration says of one source of documents. */
export type SourceSettings = Config["sources"]["k8s_audit"];

const OWN = ["k8s_audit", "suricata", "firewall"] as const;
type Own = (typeof OWN)[number];

function isOwn(source: string): source is Own {
  return OWN.some((own) => own === source);
}

/** The settings of a source; where the configuration has none of that name, what any source has. */
export function sourceSettings({ sources }: Config, source: string): SourceSettings {
  if (isOwn(source)) return sources[source];
  return Object.hasOwn(sources.json, source) ? sources.json[source] : sources.k8s_audit;
}

/** How events of a source are read. */
export async function readerFor(_config: Config, source: string): Promise<Reader> {
  return (await readerOf(source)) ?? anyJson;
}
