// Performs watched actions, and records them independently of the sensor, with a line `number begin end` per action, in
// milliseconds since the epoch. Arguments: folder with a folder per rule, number of rules, milliseconds between two
// actions.
import { appendFileSync, closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const [folder = "", rules = "1", pause = "500"] = process.argv.slice(2);
for (let number = 0; ; number++) {
  const begin = Date.now();
  closeSync(openSync(join(folder, String(number % Number(rules)), `n-${number}.`), "w"));
  appendFileSync(join(folder, "truth"), `${number} ${begin} ${Date.now()}\n`);
  await sleep(Number(pause));
}
