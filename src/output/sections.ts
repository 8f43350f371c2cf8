import { type Keys, type Section, section } from "../setting/shape.ts";
import type { OutputDescriptor } from "./descriptor.ts";
import { falcoOutputs, receivers } from "./list.ts";
import { sharedKeys } from "./shared-keys.ts";

type Falco = (typeof falcoOutputs)[number];
type Receiver = (typeof receivers)[number];

/** Parts of an output name before and after the dot. */
type GroupOf<Name> = Name extends `${infer Group}.${string}` ? Group : Name;
type InnerOf<D extends OutputDescriptor> = D["name"] extends `${string}.${infer Inner}`
  ? Section<Readonly<Record<Inner, Section<D["keys"]>>> & D["groupKeys"]>
  : Section<D["keys"]>;

type FalcoSections = { readonly [D in Falco as `${D["name"]}_output`]: Section<D["keys"]> };
type ReceiverSections = { readonly [D in Receiver as GroupOf<D["name"]>]: InnerOf<D> };

/** Top-level configuration sections for outputs. */
export const falcoSections = sectionsOf(falcoOutputs) as FalcoSections; // one section per output, as the type states

/** The `outputs` section. */
export const outputsSection = section("Outputs by name. Setting the address or key of an output enables it.", {
  ...(groupedSectionsOf(receivers) as ReceiverSections), // one section per output, by group
  ...sharedKeys,
});

function sectionsOf(outputs: readonly OutputDescriptor[]): Keys {
  return Object.fromEntries(outputs.map((output) => [output.section, section(output.about, output.keys)]));
}

function groupedSectionsOf(outputs: readonly OutputDescriptor[]): Keys {
  const sections: Record<string, Section<Record<string, Keys[string]>>> = {};
  for (const { name, about, keys, groupKeys } of outputs) {
    const [group = "", inner] = name.split(".");
    if (inner === undefined) sections[group] = section(about, { ...keys });
    else {
      sections[group] ??= section("", {});
      Object.assign(sections[group].keys, { [inner]: section(about, keys), ...groupKeys });
    }
  }
  return sections;
}
