/**
 * What an output says before its list of values: `cat read /etc/shadow | file=/etc/shadow user=root …` says that cat read
 * it. The whole output where it has no such list.
 */
export function summaryOf(output: string): string {
  const end = output.indexOf(" | ");
  return end <= 0 ? output : output.slice(0, end);
}
