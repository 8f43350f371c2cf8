import { duration, flag, number, size, text, texts } from "../../setting/shape.ts";
import type { WatchOrigin } from "../origin/watch.ts";

/** Default origin: the files of this machine, if the conditions of {@link WatchOrigin.isAutomatic} are met. */
export const automatic: WatchOrigin = { kind: "watch", text: "auto", isAutomatic: true };

/** Keys of the source `file_integrity`. */
export const keys = {
  paths: texts("Additional directories and files to watch, including all subdirectories; `*` matches any name."),
  default_paths: flag(
    true,
    "Watch the default directories for `paths` and `removals`. docs/file-integrity.md lists them.",
  ),
  removals: texts(
    "Additional directories and files to watch only for removal: deletion, renaming, and replacement by a rename. Their content is not read, and writes add no overhead. `*` matches any name.",
  ),
  exclude: texts(
    "Paths that are not watched, including all subdirectories; `*` matches any name, and `*/NAME` matches any path with that name.",
  ),
  config_managers: texts(
    "Executables of configuration management, such as /opt/puppetlabs/puppet/bin/ruby: for changes by these executables and their descendants, `fim.by_config_management` is true.",
  ),
  max_directories: number(
    32_768,
    "Maximum number of watched directories. If there are more, a warning is logged.",
    [1, 1_000_000],
  ),
  max_files: number(
    8192,
    "Maximum number of files that are also watched by inode, so that writes through hard links in other directories are detected immediately instead of by a scan.",
    [0, 1_000_000],
  ),
  max_hash_size: size("64MiB", "Maximum size of files that are hashed. For larger files, size and times are compared."),
  hash_rate: size("20MB", "Maximum rate at which files are read to be hashed for the baseline, in bytes per second."),
  quiet: duration("1s", "A change is evaluated after this time without another event for the file."),
  longest: duration("5s", "A change that is still in progress is evaluated after this time."),
  scan_interval: duration(
    "1h",
    "Interval between scans, which find changes without an event, such as changes to a memory-mapped file. 0: scan only at startup and after dropped events.",
  ),
  baseline: text(
    "",
    "The file that stores the known state of all watched files. Default: `file-integrity.db` next to the journal.",
  ),
} as const;
