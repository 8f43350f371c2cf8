import { groupOf } from "./account.ts";
import type { Field } from "./field.ts";
import { row } from "./row.ts";

export const groupFields: readonly Field[] = [
  row("group.gid", "UINT32", (event) => event.thread?.gid, "The ID of the group that the thread runs as.", {
    ecs: { "group.id": "text" },
  }),
  row(
    "group.name",
    "CHARBUF",
    ({ machine, thread }) => {
      if (thread === undefined) return undefined;
      const group = groupOf(machine, thread, thread.gid);
      return group !== undefined ? group.name : thread.gid === 0 ? "root" : "<NA>";
    },
    "The name of the group.",
    { ecs: { "group.name": "text" } },
  ),
];
