import { attack } from "./attack/techniques.ts";

/** Tactics of MITRE ATT&CK for Enterprise, in the order of its matrix. `tag` is the rule tag without `mitre_`. */
export const tactics: readonly { readonly id: string; readonly tag: string; readonly name: string }[] = [
  { id: "TA0043", tag: "reconnaissance", name: "Reconnaissance" },
  { id: "TA0042", tag: "resource_development", name: "Resource Development" },
  { id: "TA0001", tag: "initial_access", name: "Initial Access" },
  { id: "TA0002", tag: "execution", name: "Execution" },
  { id: "TA0003", tag: "persistence", name: "Persistence" },
  { id: "TA0004", tag: "privilege_escalation", name: "Privilege Escalation" },
  { id: "TA0005", tag: "defense_evasion", name: "Defense Evasion" },
  { id: "TA0006", tag: "credential_access", name: "Credential Access" },
  { id: "TA0007", tag: "discovery", name: "Discovery" },
  { id: "TA0008", tag: "lateral_movement", name: "Lateral Movement" },
  { id: "TA0009", tag: "collection", name: "Collection" },
  { id: "TA0011", tag: "command_and_control", name: "Command and Control" },
  { id: "TA0010", tag: "exfiltration", name: "Exfiltration" },
  { id: "TA0040", tag: "impact", name: "Impact" },
];

/** Names of techniques for other platforms. For techniques that are not listed here, only the ID is shown. */
const others: Readonly<Record<string, string>> = {
  T1006: "Direct Volume Access",
  "T1069.003": "Cloud Groups",
  "T1078.004": "Cloud Accounts",
  "T1098.001": "Additional Cloud Credentials",
  T1134: "Access Token Manipulation",
  "T1136.003": "Cloud Account",
  T1526: "Cloud Service Discovery",
  T1530: "Data from Cloud Storage",
  "T1552.005": "Cloud Instance Metadata API",
  "T1562.007": "Disable or Modify Cloud Firewall",
  T1587: "Develop Capabilities",
  "T1587.003": "Digital Certificates",
  T1595: "Active Scanning",
  "T1595.001": "Scanning IP Blocks",
  T1599: "Network Boundary Bridging",
  T1619: "Cloud Storage Object Discovery",
};

const names: ReadonlyMap<string, string> = new Map([
  ...Object.entries(others),
  ...attack.techniques.map(({ id, name }) => [id, name] as const),
]);

const TECHNIQUE = /^T\d{4}(?:\.\d{3})?$/;
const PREFIX = "mitre_";

/** The name of a technique; for a sub-technique, the names of its technique and of the sub-technique. */
export function techniqueName(id: string): string {
  const own = names.get(id) ?? id;
  const whole = id.length > 5 ? names.get(id.slice(0, 5)) : undefined;
  return whole === undefined ? own : `${whole}: ${own}`;
}

export const isTechnique = (tag: string): boolean => TECHNIQUE.test(tag);

/** The ATT&CK tactics in a list of tags. */
export function tacticsOf(tags: readonly string[]): readonly string[] {
  const named = new Set(
    tags.filter((tag) => tag.startsWith(PREFIX)).map((tag) => tag.slice(PREFIX.length).toLowerCase()),
  );
  return tactics.filter(({ tag }) => named.has(tag)).map(({ name }) => name);
}

/** The ATT&CK references in a list of tags: one entry per technique or, without techniques, per tactic. */
export function mitreOf(
  tags: readonly string[],
): readonly { readonly technique: string; readonly name: string; readonly tactic: string; readonly url: string }[] {
  const tactic = tacticsOf(tags).join(", ");
  const found = tags.filter(isTechnique);
  if (found.length > 0) {
    return found.map((id) => ({
      technique: id,
      name: techniqueName(id),
      tactic,
      url: `https://attack.mitre.org/techniques/${id.replace(".", "/")}/`,
    }));
  }
  return tactics
    .filter(({ name }) => tacticsOf(tags).includes(name))
    .map(({ id, name }) => ({ technique: id, name, tactic: name, url: `https://attack.mitre.org/tactics/${id}/` }));
}
