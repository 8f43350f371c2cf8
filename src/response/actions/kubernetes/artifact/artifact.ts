/** A file that an action collected. */
export interface Artifact {
  /** Path or name of the file: `tcpdump.pcap`. */
  readonly name: string;
  readonly namespace: string;
  readonly pod: string;
  readonly bytes: Buffer;
}

/** Stores artifacts. */
export interface Store {
  /**
   * @param key name in the store; consists of letters, digits, `.`, `_` and `-`
   * @returns the location of the artifact, for display
   * @throws Error with a message for the user
   */
  keep(key: string, bytes: Buffer, signal: AbortSignal): Promise<string>;
}

const MAX_NAME = 100;

/** Returns a key such as `2026-07-30T12-34-56.123Z_shop_web-1__etc_shadow`. */
export function keyOf({ namespace, pod, name }: Artifact, now: Date = new Date()): string {
  const time = now.toISOString().replaceAll(":", "-");
  // File names can contain any character.
  const harmless = name.replace(/[^A-Za-z0-9._-]/g, "_").slice(-MAX_NAME);
  return `${time}_${namespace}_${pod}_${harmless}`;
}
