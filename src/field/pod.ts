import type { Observed } from "../machine/observed.ts";
import type { KnownPod } from "../machine/pods.ts";

/** What the API server told of the pod of the event's thread. */
export function podOf({ thread, machine }: Observed): KnownPod | undefined {
  return thread === undefined ? undefined : machine.pods?.of(machine, thread);
}
