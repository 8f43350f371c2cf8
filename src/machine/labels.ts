/**
 * Maximum total length of the stored labels of an object, in characters. Labels can be megabytes long, and alerts
 * repeat them.
 */
const MAX_CHARACTERS = 64 << 10;

/** Limits the size of labels by omitting labels that exceed the limit. */
export function boundedLabels(labels: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  let left = MAX_CHARACTERS;
  let whole = true;
  for (const [name, value] of labels) {
    left -= name.length + value.length;
    if (left < 0) whole = false;
  }
  if (whole) return labels;
  left = MAX_CHARACTERS;
  const kept = new Map<string, string>();
  for (const [name, value] of labels) {
    const size = name.length + value.length;
    if (size > left) continue; // a shorter label may still fit
    left -= size;
    kept.set(name, value);
  }
  return kept;
}
