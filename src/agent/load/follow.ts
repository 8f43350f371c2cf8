import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import { watchFiles } from "./file-watch.ts";
import type { Loaded } from "./load.ts";

/** Requests a reload when loaded files change, if `watch_config_files` is set. */
export interface FollowedFiles extends Component {
  /** Watches the files of `loaded` in place of the previous files. */
  follow(loaded: Loaded): void;
}

export function followFiles(first: Loaded, changed: () => void, log: Log): FollowedFiles {
  const files = watchFiles(changed, {
    unwatched: (folder, reason) => log(logLines.folderUnwatched(folder, reason)),
  });
  const follow = ({ config, watched, content }: Loaded): void => {
    if (config.watch_config_files) files.follow(watched, content);
    else files.close();
  };
  follow(first);
  return { follow, close: () => files.close() };
}
