/**
 * Reasons why a sign-in failed, for the user:
 * - `denied`: the provider did not sign the user in
 * - `expired`: the sign-in took too long, was started in another browser, or its response was used before
 * - `unavailable`: the provider did not respond, or there are too many sign-ins
 * - `invalid`: the provider's response is invalid
 * - `no_user`: the response contains no usable name
 * - `no_role`: the user has no role
 */
export type SignInFailure = "denied" | "expired" | "unavailable" | "invalid" | "no_user" | "no_role";

/** A failed sign-in. The message is for the audit log, and contains no secrets. */
export class SignInError extends Error {
  readonly failure: SignInFailure;

  constructor(failure: SignInFailure, message: string) {
    super(message);
    this.name = "SignInError";
    this.failure = failure;
  }
}
