import { type ApiAction, apiAction } from "./request.ts";

const TRUNCATED = { "audit.k8s.io/truncated": "true" };

const actions: readonly ApiAction[] = [
  {
    name: "k8s-truncated-event",
    rule: "Audit event truncated",
    does: "Reports a new network policy whose event was too large for its body.",
    request: { verb: "create", resource: "networkpolicies", annotations: TRUNCATED },
    twin: [
      "Reports that a network policy was read, in a truncated event.",
      { verb: "get", resource: "networkpolicies", annotations: TRUNCATED },
    ],
  },
];

/** Requests that evade rules. */
export const evasionActions = actions.map(apiAction);
