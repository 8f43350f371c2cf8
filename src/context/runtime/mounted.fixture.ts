import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds to wait until the processes of an engine end. */
const END = 5_000;
/** Milliseconds to wait until its directory can be deleted. */
const PATIENCE = 30_000;

/**
 * Unmounts what a container engine mounted in its directory, and deletes the directory. First waits for processes that
 * an engine starts after the end of a container: they mount directories again.
 */
export async function removeMounted(folder: string): Promise<void> {
  const start = Date.now();
  while (spawnSync("pgrep", ["-f", folder]).status === 0 && Date.now() < start + END) await sleep(50);
  for (;;) {
    spawnSync("sh", ["-c", `findmnt -rno TARGET | grep '^${folder}/' | sort -r | xargs -r umount -l`]);
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (Date.now() >= start + PATIENCE) throw error;
      await sleep(100); // The kernel can need some time to release what was mounted in the directory.
    }
  }
}
