import { EventCode } from "../event/code.ts";
import { EventFlag } from "../event/schema.ts";
import { eventFlags } from "../event/types.ts";
import type { Descriptor } from "../machine/descriptor.ts";
import type { Observed } from "../machine/observed.ts";
import { fdTable } from "../machine/thread.ts";

const ABOUT_FD = EventFlag.createsFd | EventFlag.usesFd | EventFlag.destroysFd;

/** Whether the event is about a descriptor of a known thread. */
export function isAboutFd(event: Observed): boolean {
  if ((eventFlags[event.type]! & ABOUT_FD) === 0) return isGenericAboutFd(event);
  return event.thread !== undefined;
}

/** Whether a generic event has a known descriptor. Only the sensor records descriptors of generic events. */
function isGenericAboutFd({ type, fd }: Observed): boolean {
  return type === EventCode.GENERIC_X && fd !== undefined;
}

/** The descriptor that the event is about. */
export function descriptorOf(event: Observed): Descriptor | undefined {
  if ((eventFlags[event.type]! & ABOUT_FD) === 0) return isGenericAboutFd(event) ? event.fd : undefined;
  const { thread } = event;
  if (thread === undefined) return undefined;
  return event.fd ?? (event.fdNum < 0 ? undefined : fdTable(thread)?.get(event.fdNum));
}
