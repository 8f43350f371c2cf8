import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** Compiles ring.c into a directory. @returns the path of the program */
export function buildRing(folder: string): string {
  const path = join(folder, "ring");
  const words = ["-O1", "-Wall", "-Werror", "-o", path, join(import.meta.dirname, "ring.c"), "-luring", "-lpthread"];
  const { status, stderr } = spawnSync("gcc", words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ring.c: ${stderr}`);
  return path;
}
