import { duration, flag, ignored, number, text, webAddress, word } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";

export const s3Output = describeOutput({
  name: "aws.s3",
  about: "Stores alerts as objects in S3 or an S3-compatible store.",
  keys: {
    bucket: text("", "Name of the bucket. Setting this key enables the output."),
    prefix: text("falco", "Prefix of object names."),
    endpoint: webAddress("Address of an S3-compatible store, instead of AWS."),
    pathstyle: flag(
      true,
      "With `endpoint`: path-style addressing, with the bucket in the path instead of the host name.",
    ),
    layout: word(
      ["batch", "falcosidekick"],
      "batch",
      "`batch`: one object with many alerts, as lines of JSON. `falcosidekick`: one object per alert.",
    ),
    enablecompression: flag(true, "With `batch`: compress objects (gzip)."),
    batchsize: number(
      8_388_608,
      "With `batch`: maximum size of an object before compression, in bytes.",
      [1024, 104_857_600],
    ),
    interval: duration("1m", "With `batch`: minimum time between objects. A full object is stored earlier."),
    objectcannedacl: word(
      [
        "bucket-owner-full-control",
        "bucket-owner-read",
        "private",
        "authenticated-read",
        "aws-exec-read",
        "public-read",
        "public-read-write",
        "none",
      ],
      "bucket-owner-full-control",
      "Canned ACL of the objects (`x-amz-acl`); `none` for stores that do not support the header.",
    ),
    checkcert: flag(true, "Whether to verify the server's certificate."),
    timeout: number(10_000, "Timeout for a request and its response, in milliseconds.", [1, 600_000]),
  },
  enabledBy: "bucket",
  groupKeys: {
    region: text(
      "",
      "Region of the bucket. Default: the region in the AWS configuration; `us-east-1` with `endpoint`.",
    ),
    accesskeyid: text(
      "",
      "Access key ID. Default: from the environment, the AWS configuration, or the role of the machine.",
    ),
    secretaccesskey: text("", "Secret access key."),
    rolearn: ignored("use an AWS configuration profile with the role (AWS_PROFILE)", text("", "")),
    externalid: ignored("use an AWS configuration profile with external_id (AWS_PROFILE)", text("", "")),
    checkidentity: ignored("the credentials are checked when the first object is written", flag(true, "")),
  },
  example: "bucket: acme-alerts\nprefix: falco",
  notes: `
The name of an object is \`<prefix>/<day>/<time>-<hash>.ndjson.gz\`: day and time (UTC) of the first alert, and a hash of the IDs of
all alerts in the object, so that a retry overwrites the object. With \`layout: falcosidekick\` the name is
\`<prefix>/<day>/<time>-<uuid>.json\`. Falcosidekick's own names contain no ID, so Falcosidekick keeps only one of two alerts with the
same time.

The credentials are \`aws.accesskeyid\` and \`aws.secretaccesskey\`, or the credentials that AWS tools use: environment variables,
\`~/.aws\` with profiles and roles, or the role of the pod or the machine. Files with credentials are read again after an error.
`,
  async open(s3, { certificates, group }) {
    return (await import("./s3/output.ts")).s3Output({ ...group, s3 }, certificates);
  },
});
