/** An error in a template, or in its execution. The message is part of a sentence. */
export class TemplateError extends Error {
  /** Offset in the template, in characters; undefined for an error in execution. */
  readonly offset: number | undefined;

  constructor(message: string, offset?: number) {
    super(message);
    this.offset = offset;
  }
}
