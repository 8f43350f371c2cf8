import { route } from "../route.ts";
import { anyObject } from "../schema.ts";

export const showDocument = route({
  method: "GET",
  path: "/openapi.json",
  role: undefined,
  about: "Returns the OpenAPI document.",
  answer: anyObject,
  take: (_, { document }) => ({ json: document() }),
});
