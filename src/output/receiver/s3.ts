import { duration, flag, later, number, text, webAddress, word } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";

export const s3Output = describeOutput({
  name: "aws.s3",
  about: "Alerts as objects in S3, or in a store that speaks its protocol.",
  keys: {
    bucket: text("", "The bucket; switches it on."),
    prefix: text("falco", "How the objects' names begin."),
    endpoint: webAddress("Address of a store that speaks S3's protocol, in place of AWS's own."),
    pathstyle: flag(true, "With `endpoint`: the bucket's name in the path. Otherwise before the host's name."),
    layout: word(
      ["batch", "falcosidekick"],
      "batch",
      "`batch`: an object for many alerts, a line of JSON each. `falcosidekick`: an object for each alert.",
    ),
    enablecompression: flag(true, "With `batch`: objects compressed (gzip)."),
    batchsize: number(8_388_608, "With `batch`: the most bytes in an object, before compression.", [1024, 104_857_600]),
    interval: duration(
      "1m",
      "With `batch`: the least time between two objects, unless there is more than goes into one; alerts that come meanwhile are in the next one.",
    ),
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
      "Who else may read the objects (`x-amz-acl`); `none` for stores that don't take the header.",
    ),
    checkcert: flag(true, "Whether its certificate has to be a good one."),
    timeout: number(10_000, "Milliseconds for a request and its answer.", [1, 600_000]),
  },
  enabledBy: "bucket",
  groupKeys: {
    region: text("", "The bucket's region. Absent: as AWS's own settings have it; `us-east-1` with `endpoint`."),
    accesskeyid: text("", "An access key. Absent: the environment, AWS's own files, or the machine's role."),
    secretaccesskey: text("", "Its secret."),
    rolearn: later(
      "A role to take on. A profile of AWS's own configuration (`AWS_PROFILE`) with a role is followed.",
      text("", ""),
    ),
    externalid: later("What the role asks for beside the key.", text("", "")),
    checkidentity: later("Ask AWS at the beginning who we are. The first object says it.", flag(true, "")),
  },
  example: "bucket: acme-alerts\nprefix: falco",
  notes: `
An object's name is \`<prefix>/<day>/<time>-<sum>.ndjson.gz\`: day and time (UTC) of its first alert, and a sum of all the
alerts' ids. So the same alerts make the same object, however often they are sent. With \`layout: falcosidekick\` it is
\`<prefix>/<day>/<time>-<uuid>.json\`; Falcosidekick's own has no id in it, so of two alerts with the same time it keeps one.

Keys are taken from \`aws.accesskeyid\`, or from where AWS's own tools have them: variables of the environment,
\`~/.aws\` with its profiles and roles, the role of the pod or the machine.
`,
  async open(s3, { certificates, group }) {
    return (await import("./s3/output.ts")).s3Output({ ...group, s3 }, certificates);
  },
});
