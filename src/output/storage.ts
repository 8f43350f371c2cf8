import type { SharedCertificates } from "./certificates.ts";
import type { Output } from "./output.ts";
import type { AwsKeys } from "./s3.ts";
import { type MinimumPriority, severeEnough } from "./severe-enough.ts";
import type { SmtpKeys } from "./smtp.ts";

/** Places where alerts are stored or posted, by name. */
export interface Storage {
  readonly aws: AwsKeys & { readonly s3: MinimumPriority };
  readonly smtp: SmtpKeys & MinimumPriority;
}

/** Opens those that are switched on. Each one's client is loaded only then. */
export async function openStorage(keys: Storage & SharedCertificates): Promise<Output[]> {
  const { aws, smtp } = keys;
  const opened: Output[] = [];
  if (aws.s3.bucket !== "") {
    const { s3Output } = await import("./s3.ts");
    opened.push(severeEnough(s3Output(aws, keys), aws.s3));
  }
  if (smtp.hostport !== "") {
    const { smtpOutput } = await import("./smtp.ts");
    opened.push(severeEnough(smtpOutput(smtp, keys), smtp));
  }
  return opened;
}
