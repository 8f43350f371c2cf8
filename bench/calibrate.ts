// A fixed workload on one thread, so that times on different machines can be compared as ratios. It resembles an event
// engine: numbers from a buffer, map lookups, short strings. Never change it: all ratios in docs/performance.md refer
// to it. Prints its CPU seconds (median of five rounds) as JSON.
const SIZE = 1 << 20;
const STEPS = 1_500_000;
const ROUNDS = 5;

const bytes = new Uint8Array(SIZE);
const view = new DataView(bytes.buffer);
for (let at = 0; at < SIZE; at += 4) view.setUint32(at, Math.imul(at, 2654435761) >>> 0, true);

function work(): number {
  const seen = new Map<number, { count: number; name: string }>();
  let sum = 0;
  for (let step = 0; step < STEPS; step++) {
    const at = (step * 64) & (SIZE - 64);
    const id = view.getUint32(at, true) & 0xffff;
    sum = (sum + view.getUint32(at + 8, true)) | 0;
    let entry = seen.get(id);
    if (entry === undefined) {
      entry = { count: 0, name: "" };
      seen.set(id, entry);
    }
    entry.count++;
    let text = "";
    for (let i = 16; i < 24; i++) text += String.fromCharCode(97 + (bytes[at + i]! % 26));
    if (text.startsWith("ab")) entry.name = text;
  }
  return sum + seen.size;
}

const seconds: number[] = [];
for (let round = 0; round <= ROUNDS; round++) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  if (round > 0) seconds.push((user + system) / 1e6); // the first round warms up
}
seconds.sort((a, b) => a - b);
console.log(JSON.stringify({ calibrate_cpu_s: seconds[ROUNDS >> 1] }));
