import { idFields, nameFields, targetNameFields } from "../field/roles.ts";
import type { StoredAlert } from "./store/store.ts";

const PROGRAM = [...nameFields("program"), ...nameFields("process")];
const POD = [...nameFields("pod"), ...targetNameFields("pod")];
const NAMESPACE = [...nameFields("namespace"), ...targetNameFields("namespace")];

/**
 * Summarizes an alert in two or three sentences: the event, the process with its user, and the workload with its
 * machine.
 */
export function sentenceOf(alert: StoredAlert): string {
  const { fields, output, hostname } = alert;
  const first = (names: readonly string[]): string => {
    for (const name of names) {
      const value = fields[name];
      if (value !== null && value !== undefined && value !== "" && value !== "<NA>") return String(value);
    }
    return "";
  };
  const parts = [headOf(output)];
  const program = first(PROGRAM);
  const pid = first(idFields("process"));
  if (program !== "") {
    const parent = first(nameFields("parent"));
    const user = first(nameFields("user"));
    const who = [`${program}${pid === "" ? "" : ` (process ${pid})`}`];
    if (parent !== "") who.push(`started by ${parent}`);
    const actor = first(nameFields("actor"));
    if (user !== "") who.push(`as user ${user}`);
    if (actor !== "") who.push(`in a session of ${actor}`);
    parts.push(`Process: ${who.join(", ")}`);
  }
  parts.push(`Where: ${placeOf(first, hostname)}`);
  return `${parts.join(". ")}.`;
}

/** Characters to remove from the end of the text before a list of fields. */
const CLOSING = ".:,;|";

/**
 * The rule's output up to its list of fields. An attacker can choose parts of the output, so the run time must be
 * linear in the length of the output: the regular expression does not begin with spaces, and a loop removes the
 * punctuation at the end.
 */
function headOf(output: string): string {
  const list = /(?:\|\s*|\()[a-z][\w.]*=/i.exec(output);
  const head = list === null ? "" : output.slice(0, list.index).trim();
  const text = head === "" ? output.trim() : head;
  let end = text.length;
  while (end > 0 && CLOSING.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

function placeOf(first: (names: readonly string[]) => string, hostname: string): string {
  const places: string[] = [];
  const pod = first(POD);
  const namespace = first(NAMESPACE);
  const app = first(nameFields("app"));
  const container = first(nameFields("container"));
  const image = first(nameFields("image"));
  if (app !== "") places.push(`app ${app}`);
  if (pod !== "") places.push(`pod ${pod}`);
  if (namespace !== "") places.push(`namespace ${namespace}`);
  if (container !== "" && container !== "host")
    places.push(`container ${container}${image === "" ? "" : ` of image ${image}`}`);
  places.push(hostname === "" ? "an unnamed machine" : `machine ${hostname}`);
  return places.join(", ");
}
