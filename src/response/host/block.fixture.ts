// Runs in a network namespace of its own, as a machine with one neighbour would: says what can be reached before an
// address is blocked, meanwhile and afterwards. Its one argument is an address of each version of the neighbour's.
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { withFallbacks } from "../parameters.ts";
import { action } from "./block.ts";
import { alertOf, requestOf } from "./process.fixture.ts";

const PORT = 7777;

/** Whether a connection comes about, and stays for an answer. */
function reaches(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: PORT });
    const end = (does: boolean): void => {
      socket.destroy();
      resolve(does);
    };
    socket.on("data", () => end(true));
    socket.on("error", () => end(false));
    setTimeout(end, 400, false);
  });
}

async function block(address: string, given: Record<string, unknown>): Promise<string> {
  const alert = alertOf({ "fd.rip": address });
  const result = await action.run(requestOf(alert, withFallbacks(action.parameters, given)));
  return result.outcome === "done" ? "done" : `${result.outcome}: ${result.reason}`;
}

const [blocked, other] = process.argv.slice(2);
for (let i = 0; i < 50 && !((await reaches(blocked)) && (await reaches(other))); i++) await sleep(20);
const before = [await reaches(blocked), await reaches(other)];
const long = connect({ host: blocked, port: PORT });
await new Promise((resolve) => long.once("data", resolve));
const outcome = [await block(blocked, { seconds: 60 }), await block(blocked, { seconds: 2 })]; // the second counts
const meanwhile = [await reaches(blocked), await reaches(other)];
long.write("more?");
const heard = await Promise.race([new Promise((resolve) => long.once("data", () => resolve(true))), sleep(400, false)]);
await sleep(1500);
const after = [await reaches(blocked), await reaches(other)];
const inOnly = [await block(blocked, { seconds: 1, direction: "in" }), await reaches(blocked)];
console.log(JSON.stringify({ before, outcome, meanwhile, heard, after, inOnly }));
process.exit(0);
