import { machineStateNames } from "../machines/machine-states.ts";
import { flag, list, number, object, oneOf, orNull, text, time, type Value, whole } from "../schema.ts";
import { cursor } from "./common.ts";

const machineState = oneOf(machineStateNames);

const row = {
  id: text("ID of the agent; without a fleet's store, the host name."),
  hostname: text(),
  state: machineState,
  level: oneOf(["bad", "warn", "good"]),
  since: orNull(time("Start of the state; null if unknown.")),
  reason: text("Reason for the state. May be empty."),
  seen: orNull(time("Time of the last document or, without a fleet's store, of the last alert.")),
  version: text(),
  kernel: text(),
  architecture: text(),
  rate: orNull(number("Evaluated events per second.")),
  dropped: orNull(whole("Number of events that the kernel dropped since the agent started.")),
  backlog: orNull(whole("Number of alerts in the largest backlog of an output.")),
  memory: orNull(whole("Resident memory in bytes.")),
  rules: text("The beginning of the digest of the loaded rules."),
  lastAlert: orNull(time()),
  alerts: orNull(whole("Number of alerts in the journal; null with a fleet's store.")),
};
export const MachineRow = object(row);
export type MachineRow = Value<typeof MachineRow>;

const StateCount = object({
  state: machineState,
  level: oneOf(["bad", "warn", "good"]),
  about: text("Description of the state."),
  machines: whole(),
});

export const Machines = object({
  source: oneOf(["fleet", "journal"]),
  note: orNull(text("Reason why states are not known.")),
  machines: list(MachineRow),
  counts: list(StateCount),
  total: whole("Number of machines that match."),
  complete: flag("False if there are more than 10,000 machines, in which case some are omitted."),
  next: cursor,
});
export type Machines = Value<typeof Machines>;

const Component = object({ name: text(), state: text(), reason: text(), since: orNull(time()) });
const Output = object({
  name: text(),
  state: text(),
  backlog: orNull(whole()),
  lag: orNull(number("Seconds.")),
});

export const Machine = object({
  ...row,
  about: text("Description of the state."),
  started: orNull(time()),
  uptime: orNull(whole("Seconds.")),
  sensor: text("State of the sensor; `off` if the agent does not monitor the kernel."),
  ruleFiles: text(),
  ruleNumber: orNull(whole()),
  rulesLoaded: orNull(time()),
  digest: text("SHA-256 of the loaded rules."),
  events: orNull(whole("Number of evaluated events since the agent started.")),
  droppedRecently: orNull(whole("Number of dropped events since the previous document.")),
  lastDropped: orNull(time()),
  lag: orNull(number("Delay of the evaluation in seconds.")),
  outputLag: orNull(number("Maximum age of an alert in a backlog, in seconds.")),
  cpu: orNull(number("Percent of one CPU.")),
  lastError: text("The last error in the log of the agent."),
  lastErrorTime: orNull(time()),
  lastCanary: orNull(time()),
  health: list(Component),
  outputs: list(Output),
});
export type Machine = Value<typeof Machine>;

/** Measurements that a machine reported in an interval. */
const MachineInterval = object({
  time: time("Start of the interval."),
  rate: number("Mean number of evaluated events per second."),
  dropped: whole("Number of dropped events."),
  backlog: whole("Maximum backlog, in alerts."),
  memory: whole("Maximum resident memory in bytes."),
});
export type MachineInterval = Value<typeof MachineInterval>;

export const MachineDetail = object({
  machine: Machine,
  interval: whole("Length of an interval of the history, in seconds."),
  history: list(MachineInterval),
});
export type MachineDetail = Value<typeof MachineDetail>;
