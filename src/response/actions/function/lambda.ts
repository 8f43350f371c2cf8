import { describeResponse, isSuccess, sendRequest } from "../../../transport/http/send.ts";
import { untilAborted } from "../../../transport/http/tokens.ts";
import { below } from "../../../transport/http/url.ts";
import type { Action, ActionRequest, ActionResult } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { choiceParameter, textIn, textParameter, textsIn } from "../../parameters.ts";
import { addressParameter, tlsIn, tlsParameters } from "../../server-parameters.ts";
import { accessParameters } from "../kubernetes/cluster-parameters.ts";
import { contextOfAlert, contextParameter, getNodes } from "../kubernetes/exec/context.ts";
import { getPods, grantText } from "../kubernetes/permissions.ts";
import { awsKeys, awsParameters, awsRegion } from "./aws-access.ts";
import { signedHeaders } from "./aws-signature.ts";
import { callOnly, resultOf } from "./call.ts";

/** Function version that is invoked by default. An ARN can name another version. */
const LATEST = "$LATEST";

/** Invokes an AWS Lambda function. */
export const action: Action = {
  name: "aws:lambda",
  about: "Invokes an AWS Lambda function with the alert in JSON.",
  example: `aws_lambda_name: quarantine
region: eu-central-1`,
  parameters: {
    aws_lambda_name: textParameter("Name or ARN of the function.", { required: true }),
    aws_lambda_alias_or_version: textParameter("Alias or version of the function.", { fallback: LATEST }),
    aws_lambda_invocation_type: choiceParameter(
      "Wait for the response (`RequestResponse`), queue the call (`Event`), or only check permissions (`DryRun`).",
      ["RequestResponse", "Event", "DryRun"],
      "RequestResponse",
    ),
    additional_contexts: contextParameter,
    ...accessParameters,
    ...awsParameters,
    endpoint: addressParameter("URL of the endpoint, such as a VPC endpoint. Default: the AWS endpoint."),
    ...tlsParameters,
  },
  ...callOnly,
  permissions: [
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": ["arn:aws:lambda:REGION:ACCOUNT:function:NAME", "arn:aws:lambda:REGION:ACCOUNT:function:NAME:*"]}]}',
    ...[getPods, getNodes].map((grant) => `${grantText(grant)}, for \`k8snode\``),
  ],
  target: (_alert, given) => ({ target: `function ${nameOf(given)} of AWS Lambda` }),
  run: (request) => attempt(() => invoke(request)),
};

function nameOf(given: Readonly<Record<string, unknown>>): string {
  const version = textIn(given, "aws_lambda_alias_or_version");
  return version === LATEST ? textIn(given, "aws_lambda_name") : `${textIn(given, "aws_lambda_name")}:${version}`;
}

/** Host name of the Lambda API. Regions in China use a different domain. */
const hostOf = (region: string): string => `lambda.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;

/** Returns the alert as JSON, with a `context` key if additional metadata is configured. */
async function bodyOf(request: ActionRequest): Promise<{ readonly body: string } | { readonly reason: string }> {
  const { json } = request.alert;
  if (textsIn(request.parameters, "additional_contexts").length === 0) return { body: json };
  try {
    const context = JSON.stringify(Object.fromEntries(await contextOfAlert(request)));
    return { body: `${json.trimEnd().slice(0, -1)},"context":${context}}` };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : "cannot read the metadata of the alert" };
  }
}

async function invoke(request: ActionRequest): Promise<ActionResult> {
  const { parameters: given, signal } = request;
  const content = await bodyOf(request);
  if ("reason" in content) return { outcome: "failed", reason: content.reason };
  const { body } = content;
  const [region, keys] = await untilAborted(Promise.all([awsRegion(given), awsKeys(given)]), signal);
  const endpoint = textIn(given, "endpoint") || `https://${hostOf(region)}`;
  const segments = ["2015-03-31", "functions", textIn(given, "aws_lambda_name"), "invocations"];
  const version = textIn(given, "aws_lambda_alias_or_version");
  const url = below(endpoint, segments, version === LATEST ? {} : { Qualifier: version });
  const headers = {
    "content-type": "application/json",
    "x-amz-invocation-type": textIn(given, "aws_lambda_invocation_type"),
  };
  const unsigned = { method: "POST", url, headers, body } as const;
  const answer = await sendRequest(url, {
    method: "POST",
    headers: signedHeaders(unsigned, keys, region, "lambda"),
    body,
    signal,
    tls: tlsIn(given),
  });
  const secrets = [keys.secretAccessKey, keys.sessionToken ?? ""];
  const named = `function ${nameOf(given)}`;
  // Only this header shows that the function failed.
  if (isSuccess(answer) && answer.headers["x-amz-function-error"] !== undefined)
    return { outcome: "failed", reason: `${named} failed: ${describeResponse(answer, secrets)}` };
  return resultOf(answer, named, secrets);
}
