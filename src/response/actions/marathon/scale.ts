import { numberIn, numberParameter } from "../../parameters.ts";
import { requestMarathon } from "./access.ts";
import { onApp } from "./on-app.ts";

const { fallback: _, ...instances } = numberParameter("Number of instances.", 0, [0, 100_000]);

/** Scales an app. */
export const action = onApp({
  name: "marathon:scale",
  about: "Scales the alert's app.",
  example: `api: http://marathon.mesos:8080
instances: 1`,
  parameters: { instances: { ...instances, required: true } },
  repeatable: true,
  done: (given) =>
    `is scaled to ${numberIn(given, "instances")} ${numberIn(given, "instances") === 1 ? "instance" : "instances"}`,
  send: (request, { parts }, query) => {
    const body = { instances: numberIn(request.parameters, "instances") };
    return requestMarathon(request, "PUT", ["apps", ...parts], { query, body });
  },
});
