import type { AlertRecord } from "../../../../alert/record.ts";
import { factsOf, listOf, textOf } from "../../../../transport/json.ts";
import { textOf as fieldText } from "../../../fields.ts";
import type { Pod } from "../pod.ts";

/** Fields that identify a container. */
export const containerFields: readonly string[] = ["container.id", "container.full_id"];

/** Length of a short container ID. */
const SHORT_ID = 12;

/**
 * Returns the names of the containers to try: the alert's container if it is running, otherwise all running containers.
 */
export function containersFor({ facts }: Pod, alert: AlertRecord): readonly string[] {
  const status = factsOf(facts.status);
  const running = [...listOf(status.containerStatuses), ...listOf(status.initContainerStatuses)].filter(
    (each) => factsOf(each.state).running !== undefined,
  );
  const id = fieldText(alert, "container.full_id") ?? fieldText(alert, "container.id") ?? "";
  const own = running.find((each) => id.length >= SHORT_ID && idOf(textOf(each.containerID)).startsWith(id));
  return (own === undefined ? running : [own]).map(({ name }) => textOf(name));
}

/** Extracts the ID from a string such as `containerd://4f5e…`. */
function idOf(text: string): string {
  return text.slice(text.indexOf("://") + 3);
}
