import { type Keys, type Named, named, type Section, section, text } from "../setting/shape.ts";
import type { DocumentSource } from "../source/descriptor.ts";
import { documentSources, namedSources, sourceNames } from "../source/sources.ts";

type Sections = {
  readonly [S in (typeof documentSources)[number] as S["name"]]: Section<S["keys"]>;
} & {
  readonly [S in (typeof namedSources)[number] as S["name"]]: Named<S["keys"]>;
};

/** Names of built-in sources and other reserved names, which user-defined sources cannot have. */
const RESERVED = [...sourceNames, "internal", "plugins"];
const NAME = new RegExp(`^(?!(?:${RESERVED.join("|")})$)[a-z][a-z0-9_]{0,62}$`);

/** Keys of `sources`. */
export const sources = {
  ...(sectionsOf([...documentSources, ...namedSources]) as Sections), // one section per source, as the type requires
  positions: text(
    "",
    "The file that stores the read positions in files. Default: `/var/lib/eyas/positions.json` for root, `$XDG_STATE_HOME/eyas/positions.json` (`~/.local/state`) for other users.",
  ),
} as const;

function sectionsOf(described: readonly DocumentSource[]): Keys {
  const takes = "lower-case letters, digits and _, beginning with a letter, and not the name of another source";
  return Object.fromEntries(
    described.map(({ name, kind, about, keys }) => [
      name,
      kind === "named" ? named(about, NAME, takes, keys) : section(about, keys),
    ]),
  );
}
