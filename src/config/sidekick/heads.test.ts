import { describe, expect, test } from "vitest";
import { emptyMapping } from "../../setting/tree.ts";
import { mentionsOutputs } from "./heads.ts";

const nothing = emptyMapping({ file: "eyas.yaml", line: 0, column: 0 });

describe("variables of Falcosidekick", () => {
  test.each(["SLACK_WEBHOOKURL", "AWS_LAMBDA_FUNCTIONNAME", "AWS_S3_BUCKET", "debug"])("%s is recognized", (name) => {
    expect(mentionsOutputs(nothing, { [name]: "x" })).toBe(true);
  });

  test.each(["AWS_REGION", "AWS_CA_BUNDLE", "AWS_PROFILE", "AWS", "PATH"])("%s enables no output", (name) => {
    expect(mentionsOutputs(nothing, { [name]: "x" })).toBe(false);
  });
});
