// Compiles and evaluates conditions. This script has a separate Content-Security-Policy, which allows eval.

import type { FromWorker, ToWorker } from "./protocol.ts";
import { openEngine } from "./worker-engine.ts";

/** The part of a worker's global scope that the worker uses. The DOM types do not declare it. */
interface Scope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

const scope = globalThis as unknown as Scope;
const onMessage = openEngine((message) => scope.postMessage(message));
scope.onmessage = ({ data }) => void onMessage(data);
