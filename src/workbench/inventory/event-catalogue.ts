import { EventFlag, type EventType, Origin, type Param } from "../../event/schema.ts";
import { syscallName } from "../../event/syscalls.ts";
import { codesOfSyscall, eventTypes, isGeneric } from "../../event/types.ts";
import type { Catalogue, CatalogueRow } from "./catalogue.ts";

/** Lists the current event types: system calls with and without decoded parameters, and other events. */
export function eventCatalogue(): Catalogue {
  const today = eventTypes
    .filter(({ flags }) => (flags & (EventFlag.unused | EventFlag.oldVersion)) === 0)
    .filter((type) => !isGeneric(type.code) && type.key !== "");
  const calls = today.filter(({ category, enter }) => (category & Origin.syscall) !== 0 && !enter);
  const others = today.filter(({ category }) => (category & Origin.syscall) === 0);
  const generic = syscallName.filter(
    (name, id) => name !== "" && name !== "unknown" && codesOfSyscall[id]?.some(isGeneric),
  );
  return {
    columns: ["Event", "Parameters"],
    sections: [
      { title: "System calls", rows: byName(calls) },
      { title: "Other events", rows: byName(others) },
      {
        title: "System calls without decoded parameters (parameters: ID SYSCALLID, nativeID UINT16)",
        rows: [...new Set(generic)].sort().map(genericRow),
      },
    ],
  };
}

function byName(types: readonly EventType[]): CatalogueRow[] {
  return types.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.code - b.code)).map(row);
}

function row({ name, params }: EventType): CatalogueRow {
  const shown = params.map((param) => `${param.name} ${param.type}`).join(", ");
  return { name, cells: [name, shown], record: { name, params: params.map(paramRecord) } };
}

function paramRecord({ name, type, flags }: Param): object {
  return flags === undefined ? { name, type } : { name, type, values: flags.map(([value]) => value) };
}

function genericRow(name: string): CatalogueRow {
  return {
    name,
    cells: [name, ""],
    record: {
      name,
      params: [
        { name: "ID", type: "SYSCALLID" },
        { name: "nativeID", type: "UINT16" },
      ],
    },
  };
}
