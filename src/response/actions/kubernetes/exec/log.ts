import { isStatus } from "../../../../transport/kubernetes/error.ts";
import { podPath } from "../../../../transport/kubernetes/path.ts";
import type { Action } from "../../../action.ts";
import { numberIn, numberParameter } from "../../../parameters.ts";
import { outputParameter, storeArtifact } from "../artifact/output.ts";
import { podAction } from "../kubernetes-action.ts";
import { getPods } from "../permissions.ts";
import { podText } from "../target.ts";
import { containerFields, containersFor } from "./containers.ts";
import { oneLine } from "./in-pod.ts";

const MAX_LOG = 4 << 20;

/** Fetches the log of the alert's pod. */
export const action: Action = podAction({
  name: "kubernetes:log",
  about: "Fetches the last log lines of the alert's container, or of the first container in its pod that has a log.",
  example: "tail_lines: 100",
  continues: true,
  repeatable: true,
  parameters: {
    tail_lines: numberParameter("Number of lines.", 20, [1, 100_000]),
    output: outputParameter("Where the log is stored. Default: the log is only included in the result of the action."),
  },
  fields: containerFields,
  grants: [getPods, { group: "", resource: "pods/log", verbs: ["get"] }],
  async act(pod, { cluster, request, parameters, signal }) {
    for (const container of containersFor(pod, request.alert)) {
      const query = { container, tailLines: numberIn(parameters, "tail_lines"), limitBytes: MAX_LOG };
      try {
        const log = await cluster.read({ path: podPath(pod, "log"), query, signal }, MAX_LOG);
        if (log.length === 0) continue;
        const { namespace, name: own } = pod;
        const place = await storeArtifact({ name: `${container}.log`, namespace, pod: own, bytes: log }, request);
        if (place !== undefined)
          return { outcome: "done", answer: `stored the log of container ${container} of ${podText(pod)} in ${place}` };
        return { outcome: "done", answer: `container ${container} of ${podText(pod)} logged: ${oneLine(log)}` };
      } catch (error) {
        if (!isStatus(error, 400)) throw error; // the container has not started
      }
    }
    return { outcome: "skipped", reason: `no container in ${podText(pod)} has a log` };
  },
});
