import { describeSource } from "../descriptor.ts";
import { sourceKeys } from "../keys.ts";
import { splitList } from "../split.ts";
import { automatic, keys } from "./keys.ts";

export const fileIntegrity = describeSource({
  name: "file_integrity",
  about: "Changes to files in watched directories on this machine, with the processes that made the changes.",
  rules: ["file_integrity.yaml"],
  keys: { from: { ...sourceKeys.from, fallback: [automatic], shown: "auto" }, ...keys },
  usualOrigin: "watch",
  flows: false,
  processes: true,
  example: "paths: [/srv/www, /opt/app/bin]\nexclude: [/srv/www/cache]",
  notes:
    "Enabled by default unless `engine.kind` is `nodriver`; `from: []` disables it. For the watched directories, the limits and the overhead, see [file-integrity.md](file-integrity.md).",
  open: async () => ({ split: splitList((await import("./read.ts")).readChange) }),
});
