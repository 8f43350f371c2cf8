import { duration, flag, number, size, text, texts } from "../../setting/shape.ts";
import type { WatchOrigin } from "../origin/watch.ts";

/** The default origin: the files of this machine, if its kernel is watched. */
export const automatic: WatchOrigin = { kind: "watch", text: "auto", isAutomatic: true };

/** Keys of the source `file_integrity`. */
export const keys = {
  paths: texts(
    "Directories and files to watch in addition to the default ones, with everything below them; `*` matches any name.",
  ),
  default_paths: flag(
    true,
    "Watch the default directories, of `paths` and of `removals`, which docs/file-integrity.md lists.",
  ),
  removals: texts(
    "Directories and files of which only removals are watched, in addition to the default ones: deletion, renaming, and replacement by a rename. Their content is not read, and writes cost nothing. `*` matches any name.",
  ),
  exclude: texts(
    "Paths that are not watched, with everything below them; `*` matches any name, `*/NAME` any path with that name.",
  ),
  config_managers: texts(
    "Executables of configuration management, such as /opt/puppetlabs/puppet/bin/ruby: changes by them and their descendants have `fim.by_config_management`.",
  ),
  max_directories: number(
    32_768,
    "Maximum number of watched directories. A warning names the limit if there are more.",
    [1, 1_000_000],
  ),
  max_files: number(
    8192,
    "Maximum number of files that are also watched by inode, to detect writes through hard links elsewhere at once, not in a scan.",
    [0, 1_000_000],
  ),
  max_hash_size: size("64MiB", "Larger files are not hashed: their size and times are compared."),
  hash_rate: size("20MB", "Maximum rate at which files are read to be hashed for the baseline, in bytes per second."),
  quiet: duration("1s", "A change is complete, and evaluated, after this time without another event of the file."),
  longest: duration("5s", "A change that continues is evaluated after this time."),
  scan_interval: duration(
    "1h",
    "Interval of scans, which find changes without an event, such as those of a mapped file. 0: only at the start and after dropped events.",
  ),
  baseline: text(
    "",
    "The file with the known state of all watched files. Default: `file-integrity.db` beside the journal.",
  ),
} as const;
