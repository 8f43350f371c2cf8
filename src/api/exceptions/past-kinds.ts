/** Changes of exceptions that can be reverted. `expired`: the agent removed the exception. */
export const pastKinds = ["edit", "expiry", "remove", "expired"] as const;
