/** The triage state of an alert. */
export const states = ["open", "acknowledged", "closed"] as const;
export type State = (typeof states)[number];
