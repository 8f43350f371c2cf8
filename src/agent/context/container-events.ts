import { EventCode } from "../../event/code.ts";
import { writeEvent } from "../../event/write.ts";
import type { Container } from "../../machine/container-info.ts";
import { containerToJson } from "../../machine/container-json.ts";
import type { ContainerNews } from "../../machine/container-table.ts";

/**
 * Returns callbacks that insert the events of Falco's container plugin: `container` when the metadata of a container
 * becomes known, and `container_removed` when the container stops. The events belong to no thread.
 * @param now returns milliseconds since the epoch
 */
export function containerEvents(insert: (event: Uint8Array) => void, now: () => number = Date.now): ContainerNews {
  const add = (name: string, container: Container): void => {
    const time = BigInt(now()) * 1_000_000n;
    insert(writeEvent(EventCode.ASYNCEVENT_E, 0, time, [0, name, `${containerToJson(container)}\0`]));
  };
  return {
    started: (container) => add("container", container),
    ended: (container) => add("container_removed", container),
  };
}
