import { notFound } from "../api-error.ts";
import { machinesAnswer } from "../machines/answer.ts";
import { machineStateNames } from "../machines/machine-states.ts";
import { pageOf, paging } from "../paging.ts";
import { route } from "../route.ts";
import { described, object, oneOf, optional, shortText } from "../schema.ts";
import { MachineDetail, Machines } from "../schemas/machine.ts";

export const listMachines = route({
  method: "GET",
  path: "/machines",
  role: "viewer",
  about: "Lists the machines of the fleet with their states, most severe first, and counts machines by state.",
  query: object({
    state: optional(described(oneOf(machineStateNames), "Only machines in this state.")),
    text: optional(shortText(300, "Words in host name, version, kernel, architecture, digest of the rules or state.")),
    ...paging(500),
  }),
  answer: Machines,
  async take({ query: { limit, cursor, ...filter } }, { store, sensor }) {
    const page = pageOf({ ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) });
    return { json: machinesAnswer(await store.machines(sensor.status()), filter, page) };
  },
});

export const showMachine = route({
  method: "GET",
  path: "/machines/{id}",
  role: "viewer",
  about: "Returns all facts about a machine, and its history of the last 24 hours.",
  answer: MachineDetail,
  async take({ path: { id } }, { store, sensor }) {
    const { machines } = await store.machines(sensor.status());
    const machine = machines.find((one) => one.id === id);
    if (machine === undefined) throw notFound("Machine not found.");
    return { json: { machine, ...(await store.machineHistory(id)) } };
  },
});
