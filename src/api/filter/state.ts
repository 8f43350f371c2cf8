/** How far people have come with an alert. */
export const states = ["open", "acknowledged", "closed"] as const;
export type State = (typeof states)[number];
