import { sample } from "../../src/agent/home.ts";
import { cosign } from "./cosign.ts";
import { librariesOfImages } from "./debian-libraries.ts";
import { debianRoot } from "./debian-root.ts";
import { eventGenerator, eventGeneratorPrograms } from "./event-generator.ts";
import { kafka } from "./kafka.ts";
import { kubernetesParts } from "./kubernetes/parts.ts";
import { motoPart } from "./moto/parts.ts";
import { currentNats } from "./nats.ts";
import { opensearch } from "./opensearch/part.ts";
import type { Part } from "./part.ts";
import { programs } from "./programs.ts";
import { rights } from "./rights.ts";
import { falcoConfigFile, pluginRuleFiles, referenceData } from "./shared.ts";

export { sharedFolder } from "./shared.ts";

/**
 * All prerequisites of tests (programs, privileges, servers), in the order in which the table lists them. Tests name
 * them in `needs`.
 */
export const parts = [
  ...rights,
  {
    name: "recording",
    missing: () => (sample() === undefined ? "the sample capture is not in samples/" : undefined),
  },
  ...programs,
  ...kubernetesParts,
  motoPart,
  librariesOfImages,
  debianRoot,
  eventGenerator,
  eventGeneratorPrograms,
  kafka,
  currentNats,
  cosign,
  ...opensearch,
  ...referenceData,
  pluginRuleFiles,
  falcoConfigFile,
] as const satisfies readonly Part[];

export type PartName = (typeof parts)[number]["name"];
