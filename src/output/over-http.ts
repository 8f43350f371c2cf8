import type { Keys, Settings } from "../setting/shape.ts";
import { describeOutput, type OutputDefinition, type OutputDescriptor, type selectionKeys } from "./descriptor.ts";
import type { HttpForm, HttpKeys } from "./transport/http-form.ts";
import { httpKeys } from "./transport/keys.ts";

/** Definition of an output over HTTP. It defines the form of the requests instead of `open`. */
export interface HttpOutputDefinition<Name extends string, K extends Keys>
  extends Omit<
    OutputDefinition<Name, K & typeof httpKeys, Record<never, never>>,
    "open" | "keys" | "check" | "enabledBy"
  > {
  readonly keys: K;
  readonly enabledBy: keyof K & string;
  form(settings: Settings<K & typeof httpKeys & typeof selectionKeys>): HttpForm | Promise<HttpForm>;
}

export function overHttp<const Name extends string, K extends Keys>({
  form,
  ...definition
}: HttpOutputDefinition<Name, K>): OutputDescriptor<
  Name,
  K & typeof httpKeys & typeof selectionKeys,
  Record<never, never>
> {
  return describeOutput<Name, K & typeof httpKeys>({
    ...definition,
    keys: { ...definition.keys, ...httpKeys },
    async open(settings, { certificates }) {
      const { httpForm } = await import("./transport/http-form.ts");
      const keys = settings as unknown as HttpKeys; // the `httpKeys` table defines these keys
      return httpForm(await form(settings), keys, certificates);
    },
  });
}
