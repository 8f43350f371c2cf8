import { isStatus } from "../../../../transport/kubernetes/error.ts";
import { podPath } from "../../../../transport/kubernetes/path.ts";
import type { Action } from "../../../action.ts";
import { numberIn, numberParameter } from "../../../parameters.ts";
import { keep, outputParameter } from "../artifact/output.ts";
import { podAction } from "../kubernetes-action.ts";
import { getPods } from "../permissions.ts";
import { podText } from "../target.ts";
import { containerFields, containersFor } from "./containers.ts";
import { saying } from "./in-pod.ts";

const LONGEST = 4 << 20;

/** Fetches what the pod logged. */
export const action: Action = podAction({
  name: "kubernetes:log",
  about: "Fetches the last lines that the container of the alert logged, or the first one of its pod that has any.",
  continues: true,
  repeatable: true,
  parameters: {
    tail_lines: numberParameter("How many lines.", 20, [1, 100_000]),
    output: outputParameter("Where they are kept; absent: nowhere but in the answer."),
  },
  fields: containerFields,
  grants: [getPods, { group: "", resource: "pods/log", verbs: ["get"] }],
  async act(pod, { cluster, request, parameters, signal }) {
    for (const container of containersFor(pod, request.alert)) {
      const query = { container, tailLines: numberIn(parameters, "tail_lines"), limitBytes: LONGEST };
      try {
        const log = await cluster.read({ path: podPath(pod, "log"), query, signal }, LONGEST);
        if (log.length === 0) continue;
        const { namespace, name: own } = pod;
        const place = await keep({ name: `${container}.log`, namespace, pod: own, bytes: log }, request);
        if (place !== undefined)
          return { outcome: "done", answer: `what container ${container} of ${podText(pod)} logged is in ${place}` };
        return { outcome: "done", answer: `container ${container} of ${podText(pod)} logged: ${saying(log)}` };
      } catch (error) {
        if (!isStatus(error, 400)) throw error; // it has not begun
      }
    }
    return { outcome: "skipped", reason: `no container of ${podText(pod)} logged anything` };
  },
});
