import { readFile } from "node:fs/promises";
import type { Action, ActionRequest } from "../../../action.ts";
import { textIn, textParameter } from "../../../parameters.ts";
import { podAction } from "../kubernetes-action.ts";
import { getPods } from "../permissions.ts";
import { contextOf, contextParameter, getNodes } from "./context.ts";
import { ending, execGrant, executeInPod } from "./in-pod.ts";
import { assignments, toldFields, variablesOf } from "./variables.ts";

const LONGEST_OUTPUT = 64 << 10;
/** Where a shell can't be told that its input has ended, the script says so. */
const FAREWELL = Buffer.from("\nexit\n");

/** Runs a script in the pod. */
export const action: Action = podAction({
  name: "kubernetes:script",
  about:
    "Runs a script in the pod of the alert; the shell reads it from its input. What the alert tells is in its environment: `$FD_NAME`, `$PROC_ANAME_2`.",
  continues: true,
  parameters: {
    script: { ...textParameter("The script; or `file`."), verbatim: true },
    file: textParameter("The file that has the script, on the machine that this runs on."),
    shell: textParameter("The shell.", { fallback: "/bin/sh" }),
    additional_contexts: contextParameter,
  },
  fields: toldFields,
  grants: [getPods, execGrant, getNodes],
  async act(pod, task) {
    const script = await scriptIn(task.parameters);
    const variables = variablesOf(task.request.alert, await contextOf(pod, task));
    const result = await executeInPod(pod, task, {
      command: ["env", ...assignments(variables, script.toString("latin1")), textIn(task.parameters, "shell")],
      input: script,
      farewell: FAREWELL,
      limit: LONGEST_OUTPUT,
    });
    return "outcome" in result ? result : ending(pod, result.container, result.executed);
  },
});

/** @throws Error with one sentence */
async function scriptIn(parameters: ActionRequest["parameters"]): Promise<Buffer> {
  const script = textIn(parameters, "script");
  if (script !== "") return Buffer.from(script);
  const file = textIn(parameters, "file");
  if (file === "") throw new Error("it has neither a script nor a file");
  try {
    return await readFile(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : error;
    throw new Error(`the script ${file} can't be read (${code})`);
  }
}
