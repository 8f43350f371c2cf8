/** Interval over which the rate is measured, in milliseconds. */
const INTERVAL = 60_000;

interface Sample {
  readonly at: number;
  readonly delivered: number;
}

/** Rates of deliveries, and times of state changes, of each output. Times are in milliseconds since the epoch. */
export class Deliveries {
  private readonly states = new Map<string, { readonly state: string; readonly since: number }>();
  private readonly samples = new Map<string, readonly Sample[]>();

  /** Time at which the output was first seen in its state. */
  since(name: string, state: string, now: number): number {
    const known = this.states.get(name);
    if (known?.state === state) return known.since;
    this.states.set(name, { state, since: now });
    return now;
  }

  /** Mean number of delivered alerts per second in the last minute, rounded to two decimals; 0 at the first call. */
  rate(name: string, delivered: number, now: number): number {
    const known = this.samples.get(name) ?? [];
    const recent = known.filter((sample) => sample.at > now - INTERVAL && sample.at <= now);
    this.samples.set(name, [...recent, { at: now, delivered }]);
    const [first] = recent;
    if (first === undefined || delivered < first.delivered || now === first.at) return 0;
    return Math.round(((delivered - first.delivered) * 100_000) / (now - first.at)) / 100;
  }

  /** Forgets all outputs except these. */
  keepOnly(names: readonly string[]): void {
    for (const known of [this.states, this.samples])
      for (const name of known.keys()) if (!names.includes(name)) known.delete(name);
  }
}
