import type { Config } from "../../config/load.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import { Failure } from "../failure.ts";
import { onChange } from "../load/changed.ts";
import type { AgentLoadOptions, Loaded } from "../load/load.ts";
import { tryLoad } from "../load/trial.ts";
import type { ListenerCounts } from "../metrics/state.ts";
import type { AdmissionListener } from "./admission.ts";
import type { RuleResources } from "./rule-resources.ts";
import type { StatusWriter } from "./status-writer.ts";

/** The admission webhook for EyasRules resources and the writer of their status, if enabled. */
export interface RuleAdmission extends Component {
  /** The counters of the open listener; empty if none is open. */
  listeners(): readonly ListenerCounts[];
  apply(next: Pick<Loaded, "config">): Promise<void>;
  close(): Promise<void>;
}

export interface RuleAdmissionOptions {
  readonly options: AgentLoadOptions;
  readonly resources: RuleResources;
  readonly log: Log;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Opens the webhook if it is enabled.
 * @throws Failure if the webhook cannot be opened
 */
export async function openRuleAdmission(
  first: Config,
  { options, resources, log, environment = process.env }: RuleAdmissionOptions,
): Promise<RuleAdmission> {
  let listener: AdmissionListener | undefined;
  let writer: StatusWriter | undefined;
  resources.onLoaded(() => writer?.changed());

  async function open({ admission, kubernetes }: Config): Promise<void> {
    if (!admission.enabled) return;
    const [{ openAdmissionListener, REVIEW_LIMITS }, { openStatusWriter }] = await Promise.all([
      import("./admission.ts"),
      import("./status-writer.ts"),
    ]);
    try {
      listener = await openAdmissionListener(
        admission,
        () => resources.current,
        (files) => tryLoad({ ...options, resources: files }, [], REVIEW_LIMITS),
      );
    } catch (error) {
      throw error instanceof Error ? new Failure(error.message) : error;
    }
    log(logLines.reviewing(listener.url));
    if (!kubernetes.rules_resources) log(logLines.reviewingAlone());
    else writer = await openStatusWriter(kubernetes, resources, environment, log);
  }

  async function close(): Promise<void> {
    await Promise.all([listener?.close(), writer?.close()]);
    listener = undefined;
    writer = undefined;
  }

  const reopen = onChange(first, ["admission", "kubernetes"], async ({ config }, failed) => {
    await close();
    try {
      await open(config);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log(logLines.reviewingFailed(error.message));
      failed();
    }
  });
  await open(first);
  return {
    listeners: () =>
      listener === undefined ? [] : [{ listener: "admission", answers: listener.answers, evicted: listener.evicted }],
    apply: reopen,
    close,
  };
}
