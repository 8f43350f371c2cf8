/** Where the playground's worker is served; put in by scripts/build-ui.ts. */
declare const PLAYGROUND_WORKER: string;

/** The fields that alerts can hold, from the catalogue; put in by scripts/build-ui.ts. */
declare module "eyas:fields" {
  const fields: readonly {
    readonly name: string;
    readonly about: string;
    /** Takes something in brackets. */
    readonly argument: boolean;
    readonly number: boolean;
  }[];
  export default fields;
}
