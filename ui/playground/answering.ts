import type { RuleFiles } from "../../src/api/schemas/rule.ts";
import type { RuleFile } from "../../src/rule/place.ts";
import { explainIn } from "./explaining.ts";
import { checked, type Edition, load } from "./loading.ts";
import type { Answers, FromWorker, Progress, Question, ToWorker } from "./protocol.ts";
import { run } from "./running.ts";
import { vocabulary } from "./words.ts";

/** Answers questions, each under its id. */
export function answerWith(post: (message: FromWorker) => void): (message: ToWorker) => Promise<void> {
  let base: RuleFiles = { files: [], statics: {}, sources: [], switched: {} };
  let hostname = "";
  let last: { readonly edited: RuleFile; readonly edition: Edition } | undefined;
  const open = new Set<number>();

  async function editionOf(edited: RuleFile): Promise<Edition> {
    if (last === undefined || last.edited.text !== edited.text || last.edited.name !== edited.name) {
      last = { edited, edition: await load(base, edited) };
    }
    return last.edition;
  }

  /** @throws Error where the rules can't be loaded */
  async function soundEdition(edited: RuleFile): Promise<Edition> {
    const edition = await editionOf(edited);
    const { ok, remarks } = checked(edition);
    if (ok) return edition;
    const { length } = remarks.filter(({ severity }) => severity === "error");
    throw new Error(`The rules have ${length === 1 ? "a mistake" : `${length} mistakes`} and can't be loaded.`);
  }

  async function answer(
    question: Question,
    isStopped: () => boolean,
    tell: (progress: Progress) => void,
  ): Promise<Answers[keyof Answers]> {
    switch (question.ask) {
      case "open":
        base = question.base;
        hostname = question.hostname;
        last = undefined;
        return vocabulary(base);
      case "check":
        return checked(await editionOf(question.edited));
      case "run": {
        const { edited, capture, judged } = question;
        return run({ edition: await soundEdition(edited), capture, judged, hostname, isStopped, tell });
      }
      case "explain": {
        const { edited, capture, wish } = question;
        return explainIn(await soundEdition(edited), capture, wish, isStopped);
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
