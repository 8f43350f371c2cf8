/** URL of the playground's worker, set by scripts/build-ui.ts. */
declare const PLAYGROUND_WORKER: string;

/** Catalogue fields that alerts can have, set by scripts/build-ui.ts. */
declare module "eyas:fields" {
  const fields: readonly {
    readonly name: string;
    readonly about: string;
    /** Whether the field accepts an argument in brackets. */
    readonly argument: boolean;
    readonly number: boolean;
  }[];
  export default fields;
}
