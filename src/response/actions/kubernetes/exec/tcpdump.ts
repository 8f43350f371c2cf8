import { setTimeout as sleep } from "node:timers/promises";
import { factsOf, listOf, textOf } from "../../../../transport/json.ts";
import { isStatus } from "../../../../transport/kubernetes/error.ts";
import { execute } from "../../../../transport/kubernetes/exec/execute.ts";
import { podPath } from "../../../../transport/kubernetes/path.ts";
import type { Action } from "../../../action.ts";
import { numberIn, numberParameter, textIn, textParameter } from "../../../parameters.ts";
import { outputParameter, storeArtifact } from "../artifact/output.ts";
import { podAction, type Task } from "../kubernetes-action.ts";
import { getPods } from "../permissions.ts";
import type { Pod } from "../pod.ts";
import { podText } from "../target.ts";
import { execGrant, oneLine } from "./in-pod.ts";

/** Lifetime of the container beyond the duration of the capture, in seconds. */
const EXTRA_LIFETIME = 60;
/** Interval between checks for whether the container has started, in milliseconds. */
const POLL_INTERVAL = 500;
/** Maximum number of attempts to add the container. The kubelet may change the status of the pod at any time. */
const MAX_ATTEMPTS = 5;
/** Exit codes of GNU and BusyBox `timeout` after they ended a program. */
const ENDED: ReadonlySet<number | undefined> = new Set([0, 124, 143]);

/** Captures packets of the alert's pod. */
export const action: Action = podAction({
  name: "kubernetes:tcpdump",
  about:
    "Captures packets of the alert's pod for the configured time in an ephemeral container and stores them as a `.pcap` file. The action's timeout must be longer than the configured time.",
  example: `duration: 10
output: {target: aws:s3, parameters: {bucket: evidence, region: eu-central-1}}`,
  continues: false,
  skipsFailed: true,
  parameters: {
    duration: numberParameter("Duration in seconds.", 5, [1, 3600]),
    snaplen: numberParameter("Maximum number of bytes to capture of each packet.", 4096, [1, 262_144]),
    max_size: numberParameter("Size in MiB at which the capture ends early.", 32, [1, 256]),
    image: textParameter("An image that contains `tcpdump`, `timeout` and `sleep`.", {
      fallback: "issif/tcpdump:latest",
    }),
    output: outputParameter("Where the capture is stored.", { required: true }),
  },
  grants: [getPods, { group: "", resource: "pods/ephemeralcontainers", verbs: ["patch"] }, execGrant],
  async act(pod, task) {
    const { parameters, request, signal, cluster } = task;
    const duration = numberIn(parameters, "duration");
    const container = `eyas-tcpdump-${crypto.randomUUID().slice(0, 8)}`;
    const image = textIn(parameters, "image");
    const command = ["sleep", String(duration + EXTRA_LIFETIME)];
    await addContainer(pod, { name: container, image, imagePullPolicy: "IfNotPresent", command }, task);
    await untilRunning(pod, container, task);
    const snaplen = String(numberIn(parameters, "snaplen"));
    const recording = ["tcpdump", "-n", "-U", "-i", "any", "-s", snaplen, "-w", "-"];
    const limit = numberIn(parameters, "max_size") << 20;
    const executed = await execute({
      cluster,
      pod,
      container,
      command: ["timeout", String(duration), ...recording],
      limit,
      endsAtLimit: true,
      signal,
    });
    if (!executed.isCut && (!ENDED.has(executed.code) || executed.output.length === 0))
      return { outcome: "failed", reason: `tcpdump failed: ${oneLine(executed.errors) || executed.reason}` };
    const bytes = executed.output;
    const place = await storeArtifact(
      { name: "tcpdump.pcap", namespace: pod.namespace, pod: pod.name, bytes },
      request,
    );
    const cut = executed.isCut ? `; the capture ended early at max_size (${limit >> 20} MiB)` : "";
    return { outcome: "done", answer: `stored ${bytes.length} bytes of packets of ${podText(pod)} in ${place}${cut}` };
  },
});

/** Adds an ephemeral container. If the pod has changed (409), reads it again and retries. */
async function addContainer(pod: Pod, container: object, { cluster, signal }: Task): Promise<void> {
  let { facts } = pod;
  for (let tries = 1; ; tries++) {
    const { resourceVersion } = factsOf(facts.metadata);
    const there = listOf(factsOf(facts.spec).ephemeralContainers);
    try {
      await cluster.request({
        method: "PATCH",
        path: podPath(pod, "ephemeralcontainers"),
        type: "application/merge-patch+json",
        // The patch replaces the whole list. The resource version prevents overwriting a concurrent change.
        body: { metadata: { uid: pod.uid, resourceVersion }, spec: { ephemeralContainers: [...there, container] } },
        signal,
      });
      return;
    } catch (error) {
      if (!isStatus(error, 409) || tries === MAX_ATTEMPTS) throw error;
      facts = await cluster.request({ path: podPath(pod), signal });
      if (textOf(factsOf(facts.metadata).uid) !== pod.uid) throw error;
    }
  }
}

/** @throws Error with a message for the user if the container does not start */
async function untilRunning(pod: Pod, name: string, { cluster, signal }: Task): Promise<void> {
  for (;;) {
    const { status } = await cluster.request({ path: podPath(pod), signal });
    const own = listOf(factsOf(status).ephemeralContainerStatuses).find((each) => each.name === name);
    const { running, terminated, waiting } = factsOf(own?.state);
    if (running !== undefined) return;
    const reason = textOf(factsOf(terminated ?? waiting).reason);
    if (terminated !== undefined || /BackOff|Invalid|Error$/.test(reason))
      throw new Error(`its container does not start: ${reason || "it exited"}`);
    await sleep(POLL_INTERVAL, undefined, { signal, ref: false });
  }
}
