// The kinds of origins, one per line. A test checks that the list is complete.

import { fileOrigin } from "./file.ts";
import { httpOrigin } from "./http.ts";
import { kafkaOrigin } from "./kafka.ts";
import { natsOrigin } from "./nats.ts";
import { stdinOrigin } from "./stdin.ts";
import { syslogOrigin } from "./syslog.ts";
import { unixOrigin } from "./unix.ts";
import { watchOrigin } from "./watch.ts";

export const origins = [
  fileOrigin,
  httpOrigin,
  stdinOrigin,
  unixOrigin,
  syslogOrigin,
  natsOrigin,
  kafkaOrigin,
  watchOrigin,
] as const;
