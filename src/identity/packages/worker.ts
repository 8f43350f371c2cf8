// The worker that reads the package databases once.
import { parentPort, workerData } from "node:worker_threads";
import { readPackages } from "./databases.ts";
import { Root } from "./root.ts";

/** The databases to read. */
export interface PackageReading {
  readonly hostRoot: string;
  /** Secret of the table. */
  readonly seed: number;
}

const { hostRoot, seed } = workerData as PackageReading; // set by the worker of executables
parentPort?.postMessage(readPackages(new Root(hostRoot), seed));
