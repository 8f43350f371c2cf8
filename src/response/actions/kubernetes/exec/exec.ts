import type { Action } from "../../../action.ts";
import { textIn, textParameter } from "../../../parameters.ts";
import { podAction } from "../kubernetes-action.ts";
import { getPods } from "../permissions.ts";
import { contextOf, contextParameter, getNodes } from "./context.ts";
import { execGrant, executeInPod, resultOf } from "./in-pod.ts";
import { assignments, effectOf, variableFields, variablesOf } from "./variables.ts";

const MAX_OUTPUT = 64 << 10;

/** Runs a command in the alert's pod. */
export const action: Action = podAction({
  name: "kubernetes:exec",
  about:
    "Runs a command in the alert's pod. The alert's fields are environment variables: `$FD_NAME`, `$PROC_ANAME_2`.",
  example: 'command: ps aux; ls -l "$FD_NAME"',
  continues: true,
  skipsFailed: true,
  parameters: {
    command: { ...textParameter("Command that the shell runs.", { required: true }), verbatim: true },
    shell: textParameter("Shell that runs the command.", { fallback: "/bin/sh" }),
    additional_contexts: contextParameter,
  },
  fields: variableFields,
  effect: effectOf,
  grants: [getPods, execGrant, getNodes],
  async act(pod, task) {
    const command = textIn(task.parameters, "command");
    const variables = variablesOf(task.request.alert, await contextOf(pod, task));
    const result = await executeInPod(pod, task, {
      command: ["env", ...assignments(variables, command), textIn(task.parameters, "shell"), "-c", command],
      limit: MAX_OUTPUT,
    });
    return "outcome" in result ? result : resultOf(pod, result.container, result.executed);
  },
});
