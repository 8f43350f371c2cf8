import type { Observed } from "../machine/observed.ts";
import type { KnownPod } from "../machine/pods.ts";

/** The pod of the event's thread, according to the API server. */
export function podOf({ thread, machine }: Observed): KnownPod | undefined {
  return thread === undefined ? undefined : machine.pods?.of(machine, thread);
}
