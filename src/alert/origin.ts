/** The process that caused an alert. */
export interface AlertProcess {
  /** Process ID; 0 if unknown. */
  readonly pid: number;
  readonly name: string;
}

/** The container of an alert; ID `host` outside containers. */
export interface AlertContainer {
  readonly id: string;
  /** Name of the container; empty if unknown. */
  readonly name: string;
}

/** Returns the value of a field as text, "" if missing. */
type FieldReader = (name: string) => string;

/** The process of an alert; undefined for an alert without a process, such as an alert about an API request. */
export function processOf(field: FieldReader): AlertProcess | undefined {
  const number = Number(field("proc.pid"));
  const pid = Number.isSafeInteger(number) && number > 0 ? number : 0;
  const name = field("proc.name");
  return pid === 0 && name === "" ? undefined : { pid, name };
}

/** The container of an alert; undefined if the source of the alert has no container fields. */
export function containerOf(field: FieldReader): AlertContainer | undefined {
  const id = field("container.id");
  return id === "" ? undefined : { id, name: field("container.name") };
}
