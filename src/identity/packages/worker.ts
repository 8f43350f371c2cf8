// Worker that reads the package databases once.
import { parentPort, workerData } from "node:worker_threads";
import { readPackages } from "./databases.ts";
import { Root } from "./root.ts";

/** Start data of the worker. */
export interface PackageReading {
  readonly hostRoot: string;
  /** Secret seed of the path table. */
  readonly seed: number;
}

const { hostRoot, seed } = workerData as PackageReading; // set by ../worker.ts
parentPort?.postMessage(readPackages(new Root(hostRoot), seed));
