/**
 * An index template, a component template, or a policy for indexes, that an output creates at its server if it is
 * missing.
 */
export interface IndexTemplate {
  readonly kind: "index-template" | "component-template" | "custom-component-template" | "ilm-policy" | "ism-policy";
  /** Set for templates of the states of agents instead of alerts. */
  readonly of?: "machines";
  /** Path of the API at the server. The body is sent with PUT. */
  readonly path: string;
  readonly body: object;
}

/** The templates of an output, in the order in which they must be created. */
export interface IndexTemplates {
  readonly templates: readonly IndexTemplate[];
  /** Why the templates may not fit the server; undefined if they were created for the version of the server. */
  readonly warning?: string;
}
