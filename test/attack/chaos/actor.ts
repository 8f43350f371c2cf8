// Performs actions that match rules, and records them independently of the sensor: one line `number begin end` per
// action, with times in milliseconds since the epoch. Arguments: directory with a subdirectory for each rule, number of
// rules, milliseconds between two actions.
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
