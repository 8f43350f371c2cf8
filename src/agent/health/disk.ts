import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Health } from "../../telemetry/health.ts";

/** Free space below which the component `disk` is degraded, and below which it has failed, in bytes. */
const [LOW, FULL] = [256 << 20, 16 << 20];

/**
 * Sets the health of the component `disk` from the free space of the file system that contains `file`. The state is
 * `degraded` if the free space cannot be determined.
 */
export async function observeDisk(health: Health, file: string): Promise<void> {
  const folder = dirname(file);
  try {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free >= LOW) health.set("disk", "ok");
    else
      health.set(
        "disk",
        free < FULL ? "failed" : "degraded",
        `${folder} has less than ${(free < FULL ? FULL : LOW) >> 20} MiB free`,
      );
  } catch (error) {
    health.set(
      "disk",
      "degraded",
      `cannot determine the free space of ${folder}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
