import type { RuleFiles } from "../../src/api/schemas/rule.ts";
import type { RuleFile } from "../../src/rule/location.ts";
import { explain } from "./explain.ts";
import { check, type EditedRules, load } from "./load.ts";
import type { EngineReplies, EngineRequest, FromWorker, Progress, ToWorker } from "./protocol.ts";
import { run } from "./run.ts";
import { vocabulary } from "./vocabulary.ts";

/**
 * The engine of the playground's worker.
 * @param post sends replies, each with the ID of its request
 * @returns a handler for messages from the page
 */
export function openEngine(post: (message: FromWorker) => void): (message: ToWorker) => Promise<void> {
  let base: RuleFiles = { files: [], statics: {}, sources: [], switched: {} };
  let hostname = "";
  let last: { readonly edited: RuleFile; readonly rules: EditedRules } | undefined;
  const running = new Set<number>();

  async function rulesWith(edited: RuleFile): Promise<EditedRules> {
    if (last === undefined || last.edited.text !== edited.text || last.edited.name !== edited.name) {
      last = { edited, rules: await load(base, edited) };
    }
    return last.rules;
  }

  /** @throws Error if the rules are invalid */
  async function validRules(edited: RuleFile): Promise<EditedRules> {
    const rules = await rulesWith(edited);
    const { ok, diagnostics } = check(rules);
    if (ok) return rules;
    const { length } = diagnostics.filter(({ severity }) => severity === "error");
    throw new Error(`Cannot load the rules: ${length === 1 ? "1 error" : `${length} errors`}.`);
  }

  async function replyTo(
    request: EngineRequest,
    isCancelled: () => boolean,
    onProgress: (progress: Progress) => void,
  ): Promise<EngineReplies[keyof EngineReplies]> {
    switch (request.kind) {
      case "open":
        base = request.base;
        hostname = request.hostname;
        last = undefined;
        return vocabulary(base);
      case "check":
        return check(await rulesWith(request.edited));
      case "run": {
        const { edited, capture, scope } = request;
        return run({ edited: await validRules(edited), capture, scope, hostname, isCancelled, onProgress });
      }
      case "explain": {
        const { edited, capture, target } = request;
        return explain(await validRules(edited), capture, target, isCancelled);
      }
    }
  }

  return async (message) => {
    const { id } = message;
    if ("cancel" in message) {
      running.delete(id);
      return;
    }
    running.add(id);
    try {
      const reply = await replyTo(
        message.request,
        () => !running.has(id),
        (progress) => post({ id, progress }),
      );
      post({ id, reply });
    } catch (error) {
      post({ id, failure: error instanceof Error ? error.message : String(error) });
    } finally {
      running.delete(id);
    }
  };
}
