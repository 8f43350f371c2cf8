import { readFile } from "node:fs/promises";
import type { Action, ActionRequest } from "../../../action.ts";
import { textIn, textParameter } from "../../../parameters.ts";
import { podAction } from "../kubernetes-action.ts";
import { getPods } from "../permissions.ts";
import { contextOf, contextParameter, getNodes } from "./context.ts";
import { execGrant, executeInPod, resultOf } from "./in-pod.ts";
import { assignments, effectOf, variableFields, variablesOf } from "./variables.ts";

const MAX_OUTPUT = 64 << 10;
/** Appended to the script to end the shell if its standard input cannot be closed. */
const EXIT_COMMAND = Buffer.from("\nexit\n");

/** Runs a script in the alert's pod. */
export const action: Action = podAction({
  name: "kubernetes:script",
  about:
    "Runs a script in the alert's pod, on the standard input of a shell. The alert's fields are environment variables: `$FD_NAME`, `$PROC_ANAME_2`.",
  example: "file: /etc/eyas/collect.sh",
  continues: true,
  skipsFailed: true,
  parameters: {
    script: { ...textParameter("The script. Either this or `file` is required."), verbatim: true },
    file: textParameter("File with the script, on the machine that runs Eyas."),
    shell: textParameter("Shell that runs the script.", { fallback: "/bin/sh" }),
    additional_contexts: contextParameter,
  },
  fields: variableFields,
  effect: effectOf,
  grants: [getPods, execGrant, getNodes],
  async act(pod, task) {
    const script = await scriptIn(task.parameters);
    const variables = variablesOf(task.request.alert, await contextOf(pod, task));
    const result = await executeInPod(pod, task, {
      command: ["env", ...assignments(variables, script.toString("latin1")), textIn(task.parameters, "shell")],
      input: script,
      farewell: EXIT_COMMAND,
      limit: MAX_OUTPUT,
    });
    return "outcome" in result ? result : resultOf(pod, result.container, result.executed);
  },
});

/**
 * Returns the script in the parameters.
 * @throws Error with a message for the user
 */
async function scriptIn(parameters: ActionRequest["parameters"]): Promise<Buffer> {
  const script = textIn(parameters, "script");
  if (script !== "") return Buffer.from(script);
  const file = textIn(parameters, "file");
  if (file === "") throw new Error("neither script nor file is set");
  try {
    return await readFile(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : error;
    throw new Error(`cannot read the script ${file} (${code})`);
  }
}
