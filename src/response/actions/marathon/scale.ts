import { numberIn, numberParameter } from "../../parameters.ts";
import { askMarathon } from "./access.ts";
import { onApp } from "./on-app.ts";

const { fallback: _, ...instances } = numberParameter("How many.", 0, [0, 100_000]);

/** Gives an app another number of instances. */
export const action = onApp({
  name: "marathon:scale",
  about: "Gives the alert's app another number of instances.",
  parameters: { instances: { ...instances, required: true } },
  repeatable: true,
  done: (given) => `has ${numberIn(given, "instances")} instances from now on`,
  ask: (request, { parts }, query) => {
    const body = { instances: numberIn(request.parameters, "instances") };
    return askMarathon(request, "PUT", ["apps", ...parts], { query, body });
  },
});
