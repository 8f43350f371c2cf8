/** What an action took from somewhere, to be kept. */
export interface Artifact {
  /** What it is: a file's path, `tcpdump.pcap`. */
  readonly name: string;
  readonly namespace: string;
  readonly pod: string;
  readonly bytes: Buffer;
}

/** Keeps artifacts somewhere. */
export interface Store {
  /**
   * @param key its name there: of letters, digits, `.`, `_` and `-` alone
   * @returns where it is, for people
   * @throws Error with one sentence
   */
  keep(key: string, bytes: Buffer, signal: AbortSignal): Promise<string>;
}

const LONGEST_NAME = 100;

/** `2026-07-30T12-34-56.123Z_shop_web-1__etc_shadow` */
export function keyOf({ namespace, pod, name }: Artifact, now: Date = new Date()): string {
  const time = now.toISOString().replaceAll(":", "-");
  // Whoever named a file may have had a shell, a page or a path in mind.
  const harmless = name.replace(/[^A-Za-z0-9._-]/g, "_").slice(-LONGEST_NAME);
  return `${time}_${namespace}_${pod}_${harmless}`;
}
