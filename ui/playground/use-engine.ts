import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { RuleFiles } from "../../src/api/schemas/rule.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { type EngineClient, openEngineClient } from "./engine-client.ts";
import type { Vocabulary } from "./protocol.ts";

interface Engine {
  readonly engine: EngineClient;
  /** Vocabulary for completion; undefined until the worker has read the rule files. */
  readonly vocabulary: Signal<Vocabulary | undefined>;
}

/** Starts a worker with the loaded rule files. The worker is terminated on unmount. */
export function useEngine(base: RuleFiles, hostname: string, failure: Signal<string>): Engine {
  const vocabulary = useSignal<Vocabulary | undefined>(undefined);
  const engine = useMemo(() => {
    const client = openEngineClient();
    void client.request({ kind: "open", base, hostname }).then(
      (words) => {
        vocabulary.value = words;
      },
      (error: unknown) => {
        failure.value = messageOf(error);
      },
    );
    return client;
  }, []);
  useEffect(() => engine.close, [engine]);
  return { engine, vocabulary };
}
