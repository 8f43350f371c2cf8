import type { StoredAlert } from "./store/store.ts";

/** What happened, in a sentence for somebody who doesn't know the rule: who did it, where, and for whom. */
export function sentenceOf(alert: StoredAlert): string {
  const { fields, output, hostname } = alert;
  const field = (name: string): string => {
    const value = fields[name];
    return value === null || value === undefined || value === "" || value === "<NA>" ? "" : String(value);
  };
  const parts = [headOf(output)];
  const program = field("proc.exepath") || field("proc.name");
  const pid = field("proc.pid");
  if (program !== "") {
    const parent = field("proc.pname");
    const user = field("user.name");
    const who = [`${program}${pid === "" ? "" : ` (process ${pid})`}`];
    if (parent !== "") who.push(`started by ${parent}`);
    if (user !== "") who.push(`as user ${user}`);
    parts.push(`It was ${who.join(", ")}`);
  }
  parts.push(`Where: ${placeOf(field, hostname)}`);
  return `${parts.join(". ")}.`;
}

/** What the rule's author says before the list of fields. */
function headOf(output: string): string {
  const list = /\s*(?:\|\s*|\()[a-z][\w.]*=/i.exec(output);
  const head = (list === null || list.index === 0 ? output : output.slice(0, list.index)).trim();
  return head.replace(/[.:,;|]+$/, "");
}

function placeOf(field: (name: string) => string, hostname: string): string {
  const places: string[] = [];
  const pod = field("k8s.pod.name") || field("ka.target.pod.name");
  const namespace = field("k8s.ns.name") || field("ka.target.namespace");
  const app = field("cf.app.name") || field("marathon.app.id");
  const container = field("container.name");
  const image = field("container.image.repository");
  if (app !== "") places.push(`app ${app}`);
  if (pod !== "") places.push(`pod ${pod}`);
  if (namespace !== "") places.push(`namespace ${namespace}`);
  if (container !== "" && container !== "host")
    places.push(`container ${container}${image === "" ? "" : ` of image ${image}`}`);
  places.push(hostname === "" ? "an unnamed machine" : `machine ${hostname}`);
  return places.join(", ");
}
