import type { JSX } from "preact";
import type { ViewProps } from "../shell/views.ts";
import { MachineList } from "./list.tsx";
import { MachinePanels } from "./machine.tsx";

/** The list of machines, or the machine in the URL. */
export function MachinesPage({ subject }: ViewProps): JSX.Element {
  return (
    <section class="view machines">
      {subject === undefined ? <MachineList /> : <MachinePanels key={subject} id={subject} />}
    </section>
  );
}
