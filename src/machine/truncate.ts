import { AT_FDCWD } from "../event/constants.ts";
import { GenericParam } from "../event/generic.ts";
import { FdKind } from "../event/snapshot.ts";
import { syscallId } from "../event/syscalls.ts";
import { Descriptor } from "./descriptor.ts";
import { viewOf } from "./linked-path.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import { pathFrom } from "./open.ts";
import { Path } from "./path.ts";
import { withoutProcessLinks } from "./process-links.ts";

const TRUNCATE = syscallId.get("truncate");

/**
 * Handles truncate. The call has no descriptor, so its file is found by resolving the path shortly after the call, or
 * by following recently created links.
 */
export function truncate(machine: Machine, event: Observed): void {
  const { thread } = event;
  if (thread === undefined || event.count <= GenericParam.path || event.length(0) !== 2) return;
  if (event.u16(0) !== TRUNCATE || event.length(GenericParam.res) !== 8 || event.i64(GenericParam.res) !== 0) return;
  const given = pathFrom(thread, machine.decoder.name(event, GenericParam.path), AT_FDCWD);
  if (!given.text.startsWith("/")) return;
  const fd = new Descriptor();
  fd.kind = FdKind.fileV2;
  fd.path = given;
  const direct = withoutProcessLinks(event, thread, given.text);
  const resolved = machine.resolve(thread, direct);
  const real = machine.links.follow(viewOf(thread), resolved ?? direct, resolved !== undefined);
  if (real !== given.text) fd.real = new Path(real, real);
  event.fd = fd;
}
