import { expect, it } from "vitest";
import { actions } from "./list.ts";
import { readResponses } from "./rule/read.ts";
import { undoParameters } from "./undo-parameters.ts";

const shared = { kubernetes: { kubeconfig: "/etc/eyas/shared", context: "" } };
const text = `
- response: Cordon
  match: priority >= critical
  actions:
    - kubernetes:cordon
    - action: kubernetes:cordon
      kubeconfig: /etc/eyas/other
`;
const { responses } = await readResponses([{ name: "responses.yaml", text }], {
  ...{ actions, environment: {}, strict: true, shared },
});
const uncordon = await actions["kubernetes:uncordon"]!();
const step = { response: "Cordon", place: 1, action: "kubernetes:cordon" };

it("the action that reverts another action acts on the cluster of the rule", () => {
  expect(undoParameters(uncordon, step, { responses, shared })).toMatchObject({ kubeconfig: "/etc/eyas/other" });
  expect(undoParameters(uncordon, { ...step, place: 0 }, { responses, shared })).toMatchObject({
    kubeconfig: "/etc/eyas/shared",
  });
});

it.each([{ response: "Gone" }, { action: "kubernetes:drain" }, { place: 7 }])(
  "without the rule (%j), it acts on the cluster in the configuration",
  (change) => {
    const given = undoParameters(uncordon, { ...step, ...change }, { responses, shared });
    expect(given).toMatchObject({ kubeconfig: "/etc/eyas/shared", protected_namespaces: expect.any(Array) });
    expect(given).not.toHaveProperty("context");
  },
);
