import type { Action } from "../../../action.ts";
import { numberIn, numberParameter, textIn, textParameter } from "../../../parameters.ts";
import { keep, outputParameter } from "../artifact/output.ts";
import { podAction } from "../kubernetes-action.ts";
import { getPods } from "../permissions.ts";
import { podText } from "../target.ts";
import { contextOf, contextParameter, getNodes } from "./context.ts";
import { execGrant, executeInPod } from "./in-pod.ts";
import { expanded, toldFields, variablesOf } from "./variables.ts";

/** Fetches a file from the pod. */
export const action: Action = podAction({
  name: "kubernetes:download",
  about: "Fetches a file from the pod of the alert and keeps it. The container needs the program `cat`.",
  continues: true,
  repeatable: true,
  parameters: {
    file: {
      ...textParameter("The file's path; in it `${FD_NAME}` and the like are what the alert tells.", {
        required: true,
      }),
      verbatim: true,
    },
    max_size: numberParameter("Megabytes; larger files are not kept.", 100, [1, 1000]),
    output: outputParameter("Where it is kept.", { required: true }),
    additional_contexts: contextParameter,
  },
  fields: toldFields,
  grants: [getPods, execGrant, getNodes],
  async act(pod, task) {
    const { parameters, request } = task;
    const variables = variablesOf(request.alert, await contextOf(pod, task));
    const file = expanded(textIn(parameters, "file"), variables);
    if (!file.startsWith("/")) return { outcome: "failed", reason: "the file has no absolute path" };
    const limit = numberIn(parameters, "max_size") << 20;
    const result = await executeInPod(pod, task, { command: ["cat", file], limit, isTried: (code) => code === 0 });
    if ("outcome" in result) return result;
    const { executed, container } = result;
    if (executed.isCut) return { outcome: "failed", reason: `it has more than ${limit >> 20} megabytes` };
    const bytes = executed.output;
    const place = await keep({ name: file, namespace: pod.namespace, pod: pod.name, bytes }, request);
    return {
      outcome: "done",
      answer: `${bytes.length} bytes of container ${container} of ${podText(pod)} are in ${place}`,
    };
  },
});
