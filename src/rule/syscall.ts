import type { ExtraOutput } from "./compile.ts";
import { type LoadedRules, loadRules } from "./load.ts";
import type { RuleFile } from "./place.ts";

const lang = { bind: (c: any) => c, countEventTypes: () => 5, template: (o: string) => o };
export async function loadSyscallRules(
  files: readonly RuleFile[],
  options: { readonly results: "each" | "all"; readonly extraOutputs?: readonly ExtraOutput[] },
): Promise<LoadedRules<unknown, unknown>> {
  return loadRules(files, lang as any, {
    sources: { has: (s) => s === "syscall", hasField: () => true },
    extraOutputs: options.extraOutputs ?? [],
    results: options.results,
  });
}
