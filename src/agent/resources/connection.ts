import type { Config } from "../../config/load.ts";
import { openApi } from "../../context/kubernetes/api.ts";
import { type RuleResource, watchRuleResources } from "../../context/kubernetes/rule-resources.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { configuredCredentials, nodeName } from "../../transport/kubernetes/configured.ts";
import type { Credentials } from "../../transport/kubernetes/credentials.ts";
import { openReporter, type Reporter, reportNamespace } from "./report.ts";

export interface ConnectionOptions {
  /** Resources from an earlier connection. */
  readonly known: readonly RuleResource[];
  /** Whether to report which resources are loaded. */
  readonly reports: boolean;
  /** Called with all resources after changes. */
  changed(resources: readonly RuleResource[]): void;
  /** Called with undefined when the watch works, and with the reason when the watch fails. */
  state(reason: string | undefined): void;
  readonly log: Log;
}

/**
 * Watches the resources, and reports which ones are loaded.
 * @returns undefined if there are no usable credentials for an API server; this is reported
 */
export async function connectRuleResources(
  settings: Config["kubernetes"],
  environment: Readonly<Record<string, string | undefined>>,
  { known, reports, changed, state, log }: ConnectionOptions,
): Promise<{ readonly reporter: Reporter | undefined; close(): Promise<void> } | undefined> {
  const unusable = (reason: string): undefined => {
    log(logLines.ruleResourcesUnusable(reason));
    state(`cannot load EyasRules: ${reason}`);
  };
  let credentials: Credentials | undefined;
  try {
    credentials = await configuredCredentials(settings, environment);
  } catch (error) {
    return unusable(error instanceof Error ? error.message : String(error));
  }
  if (credentials === undefined)
    return unusable(
      settings.enabled === "false"
        ? "kubernetes.enabled is false"
        : "no service account was found, and kubernetes.kubeconfig is not set",
    );
  const { server } = credentials;
  const api = openApi(credentials, settings.timeout);
  const watch = watchRuleResources(api, { known }, changed, {
    synced(count) {
      log(logLines.ruleResourcesSynced(server.origin, count));
      state(undefined);
    },
    lost(reason) {
      const hint = reason.includes("404")
        ? "; install the custom resource definitions (see docs/rule-resources.md)"
        : "";
      log(logLines.ruleResourcesLost(`${reason}${hint}`));
      state(`cannot watch EyasRules: ${reason}`);
    },
  });
  const namespace = reports ? reportNamespace(settings, environment) : undefined;
  const node = nodeName(settings, environment);
  const reporter =
    namespace === undefined
      ? undefined
      : openReporter(credentials, { namespace, node, environment, timeout: settings.timeout }, (reason) =>
          log(logLines.ruleReportsLost(reason)),
        );
  if (reports && namespace === undefined) log(logLines.noRuleReports());
  return {
    reporter,
    async close() {
      reporter?.close();
      await watch.close();
      api.close();
    },
  };
}
