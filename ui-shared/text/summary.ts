/**
 * Returns the output without its list of values: `cat read /etc/shadow` for `cat read /etc/shadow | file=/etc/shadow
 * user=root`.
 */
export function summaryOf(output: string): string {
  const end = output.indexOf(" | ");
  return end <= 0 ? output : output.slice(0, end);
}
