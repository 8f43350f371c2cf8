// Conditions are compiled and run here: this script has its own policy, which allows compiled code.

import type { FromWorker, ToWorker } from "./protocol.ts";
import { openEngine } from "./worker-engine.ts";

/** What of a worker's global scope is used here; the page's types don't have it. */
interface Scope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

const scope = globalThis as unknown as Scope;
const answer = openEngine((message) => scope.postMessage(message));
scope.onmessage = ({ data }) => void answer(data);
