import { severities } from "../../posture/finding.ts";
import { categories, kindNames } from "../../posture/kinds.ts";
import { pageOf, paging } from "../paging.ts";
import { postureAnswer } from "../posture/answer.ts";
import { route } from "../route.ts";
import { described, object, oneOf, optional, shortText } from "../schema.ts";
import { Posture } from "../schemas/posture.ts";

export const showPosture = route({
  method: "GET",
  path: "/posture",
  role: "viewer",
  about: "Lists weaknesses of the Kubernetes cluster (workloads, access and exposure), most severe first.",
  query: object({
    kind: optional(described(oneOf(kindNames), "Only findings of this kind.")),
    category: optional(described(oneOf(categories), "Only findings of this category.")),
    severity: optional(described(oneOf(severities), "Only findings of at least this severity.")),
    namespace: optional(shortText(253, "Only findings in this namespace.")),
    text: optional(shortText(300, "Words in the object, the container or the details.")),
    fresh: optional(
      described(oneOf(["true"]), "Reads the objects again, unless they were read in the last 30 seconds."),
    ),
    ...paging(500),
  }),
  answer: Posture,
  async take({ query: { fresh, limit, cursor, ...filter } }, { posture, store }) {
    const page = pageOf({ ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) });
    return { json: await postureAnswer(await posture.look(fresh !== undefined), filter, page, store) };
  },
});
