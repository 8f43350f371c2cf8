import type { Action } from "../../../action.ts";
import { numberIn, numberParameter, textIn, textParameter } from "../../../parameters.ts";
import { outputParameter, storeArtifact } from "../artifact/output.ts";
import { podAction } from "../kubernetes-action.ts";
import { getPods } from "../permissions.ts";
import { podText } from "../target.ts";
import { contextOf, contextParameter, getNodes } from "./context.ts";
import { execGrant, executeInPod } from "./in-pod.ts";
import { effectOf, expanded, variableFields, variablesOf } from "./variables.ts";

/** Downloads a file from the alert's pod. */
export const action: Action = podAction({
  name: "kubernetes:download",
  about: "Downloads a file from the alert's pod and stores the file. The container must contain the program `cat`.",
  example: `file: \${FD_NAME}
output: {target: aws:s3, parameters: {bucket: evidence, region: eu-central-1}}`,
  continues: true,
  repeatable: true,
  skipsFailed: true,
  parameters: {
    file: {
      ...textParameter("Path of the file. Placeholders such as `${FD_NAME}` are replaced by fields of the alert.", {
        required: true,
      }),
      verbatim: true,
    },
    max_size: numberParameter("Maximum size of the file in MiB.", 100, [1, 1000]),
    output: outputParameter("Where the file is stored.", { required: true }),
    additional_contexts: contextParameter,
  },
  fields: variableFields,
  effect: effectOf,
  grants: [getPods, execGrant, getNodes],
  async act(pod, task) {
    const { parameters, request } = task;
    const variables = variablesOf(request.alert, await contextOf(pod, task));
    const file = expanded(textIn(parameters, "file"), variables);
    if (!file.startsWith("/")) return { outcome: "failed", reason: "the path of the file is not absolute" };
    const limit = numberIn(parameters, "max_size") << 20;
    const result = await executeInPod(pod, task, {
      command: ["cat", file],
      limit,
      endsAtLimit: true,
      isTried: ({ code, isCut }) => code === 0 || isCut,
    });
    if ("outcome" in result) return result;
    const { executed, container } = result;
    if (executed.isCut) return { outcome: "failed", reason: `the file is larger than ${limit >> 20} MiB` };
    const bytes = executed.output;
    const place = await storeArtifact({ name: file, namespace: pod.namespace, pod: pod.name, bytes }, request);
    return {
      outcome: "done",
      answer: `stored ${bytes.length} bytes from container ${container} of ${podText(pod)} in ${place}`,
    };
  },
});
