/** Reasons why users cannot be listed or changed. */
export type UsersFailure =
  | "invalid_name"
  | "unknown_user"
  | "user_exists"
  | "last_admin"
  | "too_many_users"
  /** The user who requested the change was removed, or no longer has the required role. */
  | "not_authorized"
  /** Another process is changing the file. */
  | "busy"
  /** The file cannot be read or written. */
  | "file";

/** An error of a change to the users, with a message for the user. */
export class UsersError extends Error {
  readonly failure: UsersFailure;

  constructor(failure: UsersFailure, message: string) {
    super(message);
    this.name = "UsersError";
    this.failure = failure;
  }
}
