/** An invalid query. The message is one sentence for the user. */
export class QueryError extends Error {
  /** Offset of the first wrong character, counted from 0. */
  readonly start: number;
  /** Offset behind the last one. */
  readonly end: number;

  constructor(message: string, start = 0, end = start) {
    super(message);
    this.name = "QueryError";
    this.start = start;
    this.end = end;
  }
}
