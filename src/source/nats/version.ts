/** Oldest server version whose consumers accept the pull requests of the NATS client. */
const OLDEST = [2, 9, 4] as const;

/** @throws Error if a server with this version, such as "2.9.10" or "2.11.0-RC.1", is too old for reading streams */
export function requireStreams(version: string): void {
  const parts = version.split(/[.-]/, OLDEST.length).map(Number);
  for (const [i, oldest] of OLDEST.entries()) {
    const part = parts[i] ?? 0;
    if (part > oldest) return;
    if (part < oldest)
      throw new Error(`it is NATS ${version}, but reading streams requires NATS ${OLDEST.join(".")} or newer`);
  }
}
