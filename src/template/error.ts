/** An error while parsing or executing a template. The message is a part of a sentence. */
export class TemplateError extends Error {
  /** Character offset in the template; undefined for execution errors. */
  readonly offset: number | undefined;

  constructor(message: string, offset?: number) {
    super(message);
    this.offset = offset;
  }
}
