import type { Entry } from "../../src/alert/entry.ts";
import type { AlertRecord } from "../../src/alert/record.ts";
import type { ActionEntry } from "../../src/journal/action-entry.ts";
import { openActionLog } from "../../src/journal/action-log.ts";
import { openActionLogWriter } from "../../src/journal/action-log-writer.ts";
import { entry, newJournal } from "../../src/journal/alerts.fixture.ts";
import { followJournal } from "../../src/journal/follow.ts";
import { openWriter } from "../../src/journal/write.ts";
import type { Action, ActionRequest, ActionResult } from "../../src/response/action.ts";
import { textOf } from "../../src/response/fields.ts";
import { undivided } from "../../src/response/limit/budget.ts";
import type { ResponderEvent } from "../../src/response/responder/events.ts";
import { Responder } from "../../src/response/responder/responder.ts";
import { readResponses } from "../../src/response/rule/read.ts";
import type { Response } from "../../src/response/rule/response.ts";
import type { LimitSettings } from "../../src/response/settings.ts";
import { testHost } from "./host.ts";

/** Limits that no test reaches. */
export const noLimits: LimitSettings = {
  ...{ dryRun: false, paused: false, maxAge: 0, cooldown: 0, timeout: 5000, concurrency: 100 },
  budget: {
    all: { most: 1_000_000, window: 1000 },
    scope: { most: 1_000_000, window: 1000 },
    calls: { most: 1_000_000, window: 1000 },
  },
  ...{ shares: undivided, whenExhausted: "skip" },
  never: { targets: [], namespaces: [], processes: [], users: [] },
  received: "none",
};

/** Returns an action for a test, whose target is the file of the alert. */
export function actionOf(run: (request: ActionRequest) => Promise<ActionResult>, more: Partial<Action> = {}): Action {
  return {
    name: "test:do",
    about: "An action for tests.",
    parameters: {},
    continues: true,
    example: "",
    fields: [],
    permissions: [],
    target(alert) {
      const target = textOf(alert, "fd.name");
      return target === undefined ? { missing: "the alert has no file" } : { target };
    },
    run,
    ...more,
  };
}

/** An action that succeeds immediately. */
export const succeeds = async (): Promise<ActionResult> => ({ outcome: "done", answer: "It is done." });

/** Returns response rules with these actions. @throws Error if the rules are invalid */
export async function responsesOf(text: string, actions: readonly Action[]): Promise<readonly Response[]> {
  const { responses, results } = await readResponses([{ name: "responses.yaml", text }], {
    actions: Object.fromEntries(actions.map((action) => [action.name, async () => action])),
    environment: {},
    strict: true,
  });
  const problems = results.flatMap(({ errors }) => errors.map(({ line, message }) => `${line}: ${message}`));
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return responses;
}

/** A journal and a responder that reads it. */
export interface Scene {
  readonly file: string;
  readonly events: ResponderEvent[];
  /** Events that were created in the cluster. */
  readonly created: readonly { readonly step: ActionEntry; readonly alert: AlertRecord }[];
  responder: Responder;
  /** Appends alerts without notifying the responder. */
  keep(...entries: readonly Entry[]): void;
  /** Appends alerts and notifies the responder. */
  raise(...entries: readonly Entry[]): void;
  /** Returns the audit log, oldest entry first. */
  steps(): ActionEntry[];
  /** Waits until there are `count` steps and no step is open. */
  settled(count: number): Promise<ActionEntry[]>;
  close(): Promise<void>;
}

export function openScene(
  responses: readonly Response[],
  settings: LimitSettings = noLimits,
  file = newJournal(),
  more: { readonly now?: () => number; readonly begin?: number } = {},
): Scene {
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  const events: ResponderEvent[] = [];
  const created: Scene["created"][number][] = [];
  const journal = followJournal(file);
  const responder = new Responder(responses, settings, {
    journal,
    openLedger: () => openActionLogWriter(file),
    report: (event) => events.push(event),
    createEvent: (step, alert) => created.push({ step, alert }),
    host: testHost({ hostname: "node-1" }),
    root: "/",
    ...(more.now && { now: more.now }),
  });
  responder.opened(more.begin ?? writer.last);
  const scene: Scene = {
    file,
    events,
    created,
    responder,
    keep(...entries) {
      writer.append(entries);
    },
    raise(...entries) {
      writer.append(entries);
      responder.appended();
    },
    steps() {
      const trail = openActionLog(file);
      const steps = trail?.page({}, 1_000_000).reverse() ?? [];
      trail?.close();
      return steps;
    },
    async settled(count) {
      for (let tries = 0; tries < 1000; tries++) {
        const steps = this.steps();
        const open = steps.filter(({ state }) => state === "waiting" || state === "asked");
        if (steps.length >= count && open.length === 0) return steps;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      throw new Error(`steps stay open: ${JSON.stringify(this.steps().slice(-5))}`);
    },
    async close() {
      await responder.close();
      journal.reopen();
      writer.close();
    },
  };
  return scene;
}

/** Returns alerts about files with these names. */
export function alertsAbout(...files: readonly string[]): Entry[] {
  return files.map((name, i) => entry(i, { time: BigInt(Date.now()) * 1_000_000n }, { "fd.name": name }));
}
