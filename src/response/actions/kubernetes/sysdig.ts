import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Action, ActionRequest, ActionResult } from "../../action.ts";
import {
  choiceParameter,
  flagIn,
  flagParameter,
  numberIn,
  numberParameter,
  textIn,
  withFallbacks,
} from "../../parameters.ts";
import { action as capture } from "../host/capture.ts";
import { outputParameter, storeArtifact } from "./artifact/output.ts";
import { clusterFields } from "./fields.ts";
import type { PodName } from "./target.ts";
import { podOf, podText } from "./target.ts";

/** Maximum size of captured data per event, in bytes. */
const MAX_BUFFER = 65_000;

/** Records the system calls of the alert's pod, or all system calls of this machine. */
export const action: Action = {
  name: "kubernetes:sysdig",
  about:
    "Records the system calls of the alert's pod for the configured time and stores them as a `.scap` file. " +
    "Eyas records on the machine on which it runs and creates no objects in the cluster. The action's timeout must be longer than the configured time.",
  example: `duration: 10
output: {target: local:file, parameters: {destination: /var/lib/eyas/captures}}`,
  continues: false,
  parameters: {
    duration: numberParameter("Duration in seconds.", 5, [1, 3600]),
    max_size: numberParameter("Size in megabytes at which recording stops early.", 100, [1, 1000]),
    all: flagParameter("Record every system call, not only those that rules and state need.", false),
    buffer_size: numberParameter(
      `Maximum number of bytes of data to capture per event that reads or writes data. Values above ${MAX_BUFFER.toLocaleString("en")} are treated as ${MAX_BUFFER.toLocaleString("en")}.`,
      2048,
      [128, 100_000_000],
    ),
    scope: choiceParameter(
      "Events to record. The pod is identified by `k8s.pod.uid`; for an alert without this field, all events on the machine are recorded.",
      ["pod", "node"],
      "pod",
    ),
    output: outputParameter("Where the capture is stored.", { required: true }),
  },
  isLocal: true,
  fields: clusterFields,
  permissions: capture.permissions,
  target(alert) {
    const pod = podOf(alert);
    return "found" in pod ? { target: podText(pod.found) } : pod;
  },
  async run(request) {
    const pod = podOf(request.alert);
    if ("missing" in pod) return { outcome: "failed", reason: pod.missing };
    const folder = await mkdtemp(join(tmpdir(), "eyas-sysdig-"));
    try {
      return await record(pod.found, folder, request);
    } catch (error) {
      return { outcome: "failed", reason: error instanceof Error ? error.message : "it failed" };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function record(pod: PodName, folder: string, request: ActionRequest): Promise<ActionResult> {
  const { parameters: given } = request;
  const ofPod = textIn(given, "scope") === "pod" && pod.uid !== "";
  const parameters = withFallbacks(capture.parameters, {
    seconds: numberIn(given, "duration"),
    max_size: numberIn(given, "max_size"),
    all: flagIn(given, "all"),
    snaplen: Math.min(numberIn(given, "buffer_size"), MAX_BUFFER),
    folder,
    ...(ofPod && { pod: pod.uid }),
  });
  const recorded = await capture.run({ ...request, parameters });
  if (recorded.outcome !== "done") return recorded;
  const [file = ""] = await readdir(folder);
  const bytes = await readFile(join(folder, file));
  const place = await storeArtifact({ name: "sysdig.scap", namespace: pod.namespace, pod: pod.name, bytes }, request);
  return {
    outcome: "done",
    answer: `stored ${bytes.length} bytes of events of ${ofPod ? "" : "the machine of "}${podText(pod)} in ${place}`,
  };
}
