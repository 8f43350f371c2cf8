import type { PageRules } from "../dependencies.ts";
import { textAt } from "../text-at.ts";
import { MAX_SIZE, NO_SETTINGS, type RuleSettings, settingsIn } from "./settings.ts";

/**
 * Opens the file of rules that were written or changed on the page. The parsed content is cached until the file
 * changes.
 */
export function openPageRules(file: string): PageRules {
  let known: { readonly text: string; readonly settings: RuleSettings } | undefined;
  return {
    async read() {
      try {
        const text = await textAt(file, MAX_SIZE);
        if (text === undefined) return { file, problem: undefined, settings: NO_SETTINGS };
        if (known?.text !== text) known = { text, settings: settingsIn(text) };
        return { file, problem: undefined, settings: known.settings };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { file, problem: `Cannot read ${file}: ${reason}`, settings: NO_SETTINGS };
      }
    },
  };
}
