// Runs in a separate network namespace with one neighbor, and prints which addresses are reachable before, during and
// after the block of one address. Arguments: the IPv4 and IPv6 address of the neighbor.
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { action } from "../../src/response/actions/host/block.ts";
import { withFallbacks } from "../../src/response/parameters.ts";
import { alertOf, requestOf } from "./process.ts";

const PORT = 7777;

/** Timeout for connections that should work even on a busy machine, in milliseconds. */
const PATIENCE = 120_000;
/** Timeout for connections that should fail, since blocked packets get no response, in milliseconds. */
const SILENCE = 400;

/** Whether a connection is established and receives a response. */
function reaches(address: string, patience: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: PORT });
    const timer = setTimeout(() => end(false), patience);
    const end = (does: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(does);
    };
    socket.on("data", () => end(true));
    socket.on("error", () => end(false));
  });
}

/**
 * Whether the address is reachable within the timeout. Reconnects, because TCP retries dropped packets with increasing
 * delays.
 */
async function comesToReach(address: string): Promise<boolean> {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(20)) {
    if (await reaches(address, 1000)) return true;
  }
  return false;
}

async function block(address: string, given: Record<string, unknown>): Promise<string> {
  const alert = alertOf({ "fd.rip": address });
  const result = await action.run(requestOf(alert, withFallbacks(action.parameters, given)));
  return result.outcome === "done" ? "done" : `${result.outcome}: ${result.reason}`;
}

const [blocked = "", other = ""] = process.argv.slice(2);
const before = [await comesToReach(blocked), await comesToReach(other)];
const long = connect({ host: blocked, port: PORT });
await new Promise((resolve) => long.once("data", resolve));
const outcome = [await block(blocked, { seconds: 3600 })];
const meanwhile = [await reaches(blocked, SILENCE), await comesToReach(other)];
long.write("more?");
const heard = await Promise.race([
  new Promise((resolve) => long.once("data", () => resolve(true))),
  sleep(SILENCE, false),
]);
outcome.push(await block(blocked, { seconds: 1 })); // the second block counts
const after = [await comesToReach(blocked), await comesToReach(other)];
const inOnly = [await block(blocked, { seconds: 3600, direction: "in" }), await reaches(blocked, SILENCE)];
await block(blocked, { seconds: 1, direction: "in" });
inOnly.push(await comesToReach(blocked));
console.log(JSON.stringify({ before, outcome, meanwhile, heard, after, inOnly }));
process.exit(0);
