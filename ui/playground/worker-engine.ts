import type { RuleFiles } from "../../src/api/schemas/rule.ts";
import type { RuleFile } from "../../src/rule/location.ts";
import { explain } from "./explain.ts";
import { check, type EditedRules, load } from "./load.ts";
import type { EngineReplies, EngineRequest, FromWorker, Progress, ToWorker } from "./protocol.ts";
import { run } from "./run.ts";
import { vocabulary } from "./vocabulary.ts";

/** Answers questions, each under its id. */
export function openEngine(post: (message: FromWorker) => void): (message: ToWorker) => Promise<void> {
  let base: RuleFiles = { files: [], statics: {}, sources: [], switched: {} };
  let hostname = "";
  let last: { readonly edited: RuleFile; readonly rules: EditedRules } | undefined;
  const open = new Set<number>();

  async function rulesWith(edited: RuleFile): Promise<EditedRules> {
    if (last === undefined || last.edited.text !== edited.text || last.edited.name !== edited.name) {
      last = { edited, rules: await load(base, edited) };
    }
    return last.rules;
  }

  /** @throws Error where the rules can't be loaded */
  async function validRules(edited: RuleFile): Promise<EditedRules> {
    const edition = await rulesWith(edited);
    const { ok, diagnostics } = check(edition);
    if (ok) return edition;
    const { length } = diagnostics.filter(({ severity }) => severity === "error");
    throw new Error(`The rules have ${length === 1 ? "a mistake" : `${length} mistakes`} and can't be loaded.`);
  }

  async function answer(
    question: EngineRequest,
    isStopped: () => boolean,
    tell: (progress: Progress) => void,
  ): Promise<EngineReplies[keyof EngineReplies]> {
    switch (question.ask) {
      case "open":
        base = question.base;
        hostname = question.hostname;
        last = undefined;
        return vocabulary(base);
      case "check":
        return check(await rulesWith(question.edited));
      case "run": {
        const { edited, capture, scope } = question;
        return run({ edition: await validRules(edited), capture, judged: scope, hostname, isStopped, tell });
      }
      case "explain": {
        const { edited, capture, target } = question;
        return explain(await validRules(edited), capture, target, isStopped);
      }
    }
  }

  return async (message) => {
    const { id } = message;
    if ("stop" in message) {
      open.delete(id);
      return;
    }
    open.add(id);
    try {
      const told = await answer(
        message.question,
        () => !open.has(id),
        (progress) => post({ id, progress }),
      );
      post({ id, answer: told });
    } catch (error) {
      post({ id, failure: error instanceof Error ? error.message : String(error) });
    } finally {
      open.delete(id);
    }
  };
}
