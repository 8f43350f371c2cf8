/** Outputs that are also notifiers of responses. */
export const notifierOutputs = ["slack", "smtp", "webhook", "loki", "elasticsearch"] as const;
