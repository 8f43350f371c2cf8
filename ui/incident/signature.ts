import type { IncidentProcess } from "../../src/api/schemas/incident.ts";

/**
 * Signatures of processes by position. Processes with the same signature repeat each other: they have the same name,
 * executable and rules, and so have their descendants.
 * @param children positions of the children by position of the parent
 * @param rules returns the rules that a process violated
 * @param unique positions of processes that are not folded with others
 */
export function signaturesOf(
  processes: readonly IncidentProcess[],
  children: ReadonlyMap<number, readonly number[]>,
  rules: (position: number) => readonly string[],
  unique: ReadonlySet<number>,
): readonly string[] {
  const signatures: string[] = [];
  // Numbers instead of texts, so that signatures do not grow with the depth of the tree.
  const numbers = new Map<string, string>();
  const sign = (position: number): string => {
    const known = signatures[position];
    if (known !== undefined) return known;
    signatures[position] = ""; // ends the recursion if the parents form a cycle
    const { name, exepath = "", hostname } = processes[position] ?? { name: "", hostname: "" };
    const below = [...new Set((children.get(position) ?? []).map(sign))].sort();
    const own = unique.has(position) ? position : "";
    const text = JSON.stringify([hostname, name, exepath, [...new Set(rules(position))].sort(), below, own]);
    const signature = numbers.get(text) ?? String(numbers.size);
    numbers.set(text, signature);
    signatures[position] = signature;
    return signature;
  };
  for (const position of processes.keys()) sign(position);
  return signatures;
}
