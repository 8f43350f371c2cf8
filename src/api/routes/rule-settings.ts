import { ruleStates } from "../../rule/states.ts";
import type { RuleSettingRequest } from "../agent-view.ts";
import { ApiError } from "../api-error.ts";
import { auditedRequest, rejected } from "../audited-request.ts";
import type { Dependencies } from "../dependencies.ts";
import { route } from "../route.ts";
import { ruleSettingsList } from "../rule-settings/list.ts";
import { MAX_REASON, MAX_YAML } from "../rule-settings/settings.ts";
import { described, filledText, object, oneOf, optional, shortText } from "../schema.ts";
import { priority } from "../schemas/common.ts";
import { ChangedRule, RuleSettings } from "../schemas/rule-setting.ts";

export const listRuleSettings = route({
  method: "GET",
  path: "/rule-settings",
  role: "viewer",
  about: "Lists the rules that were created or changed in the web UI, and the last changes.",
  answer: RuleSettings,
  take: async (_, { pageRules, sensor }) => ({ json: ruleSettingsList(await pageRules.read(), sensor.rules()) }),
});

const version = shortText(64, "The version of the setting in the list; empty if the rule has no setting.");

export const setRule = route({
  method: "POST",
  path: "/rule-settings/{name}",
  role: "admin",
  about:
    "Sets the state and the priority of a rule, or its text, and reloads the rules. If `state`, `priority` and `yaml` are missing, the setting is removed: the rule file and the configuration apply again, and a rule that was created in the web UI is deleted. Returns 409 if the setting has changed since the given version, and 422 if the rules cannot be loaded with the change.",
  body: object({
    version,
    state: optional(
      described(
        oneOf(ruleStates),
        "`shadow`: matches are counted, but raise no alerts. If missing, the rule files and the configuration apply.",
      ),
    ),
    priority: optional(priority),
    yaml: optional(filledText(MAX_YAML, "The rule in YAML. Replaces the rule with the same name in the rule files.")),
    reason: optional(shortText(MAX_REASON)),
  }),
  answer: ChangedRule,
  take({ path: { name }, body, user, address }, parts) {
    const { state, priority, yaml, reason = "" } = body;
    const why = reason.trim();
    const detail = [
      ...(state === undefined ? [] : [`State: ${state}`]),
      ...(priority === undefined ? [] : [`Priority: ${priority}`]),
      ...(why === "" ? [] : [`Reason: ${why}`]),
      ...(yaml === undefined ? [] : [yaml]),
    ];
    const isRemoval = state === undefined && priority === undefined && yaml === undefined;
    const action = isRemoval ? "reset rule" : "change rule";
    return changed(
      { change: "set", rule: name, ...body, reason: why, user: user.name },
      { user: user.name, address, action, target: name, detail: detail.join("\n") },
      parts,
    );
  },
});

export const revertRule = route({
  method: "POST",
  path: "/rule-settings/{name}/revert",
  role: "admin",
  about: "Undoes the last change to a rule in the web UI and reloads the rules. The last 100 changes are kept.",
  body: object({ version }),
  answer: ChangedRule,
  take: ({ path: { name }, body: { version }, user, address }, parts) =>
    changed(
      { change: "revert", rule: name, version, user: user.name },
      { user: user.name, address, action: "revert rule", target: name },
      parts,
    ),
});

async function changed(
  request: RuleSettingRequest,
  entry: Parameters<typeof auditedRequest>[1],
  parts: Dependencies,
): Promise<{ readonly json: { readonly file: string; readonly reloaded: true } }> {
  const { problem } = await parts.pageRules.read();
  if (problem !== undefined) throw new ApiError(422, "not_applied", problem);
  const result = await auditedRequest({ kind: "rule", request }, entry, parts);
  if ("refused" in result) throw rejected(result);
  return { json: { file: result.file ?? "", reloaded: true } };
}
