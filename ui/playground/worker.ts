// Compiles and evaluates conditions: this script has a Content-Security-Policy of its own, which allows eval.

import type { FromWorker, ToWorker } from "./protocol.ts";
import { openEngine } from "./worker-engine.ts";

/** Part of a worker's global scope; the DOM types do not have it. */
interface Scope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

const scope = globalThis as unknown as Scope;
const onMessage = openEngine((message) => scope.postMessage(message));
scope.onmessage = ({ data }) => void onMessage(data);
