/** An invalid query, with a message for the user. */
export class QueryError extends Error {
  /** Offset of the first invalid character, from 0. */
  readonly start: number;
  /** Offset after the last invalid character. */
  readonly end: number;

  constructor(message: string, start = 0, end = start) {
    super(message);
    this.name = "QueryError";
    this.start = start;
    this.end = end;
  }
}
