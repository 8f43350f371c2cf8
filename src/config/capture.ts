import { differs, duration, flag, number, own, section, size, text, word } from "../setting/shape.ts";

const ANY = Number.MAX_SAFE_INTEGER;

/** Keys of the flight recorder, which writes captures of the events before and after alerts. */
export const capture = section("Captures of the events before and after an alert (docs/flight-recorder.md).", {
  enabled: differs(
    "Captures begin before the match. Only system calls of the running kernel are captured: `replay` does not write captures, because its events are already in a file.",
    flag(false, "Enable captures."),
  ),
  path_prefix: differs(
    "The default is in the directory of the journal. The directory must belong to root or the user that runs Eyas.",
    text(
      "",
      "Directory and file name prefix of captures: `/var/captures/node` results in `/var/captures/node_TIME_NUMBER.scap`. Default: `captures/eyas` in the directory of the journal.",
    ),
  ),
  mode: word(
    ["rules", "all_rules"],
    "rules",
    "Which matches start a capture. `rules`: matches of rules with `capture: true`. `all_rules`: matches of all rules.",
  ),
  default_duration: differs(
    "Subsequent matches extend a capture up to `max_duration`.",
    number(
      5000,
      "Time for which a capture continues after a match, in milliseconds, unless the rule sets `capture_duration`.",
      [0, ANY],
    ),
  ),
  max_file_size_mb: differs(
    "At most half of the size is used for the events before the match.",
    number(0, "Compressed size in MiB at which a capture ends. 0: limited only by `max_total_size`.", [0, 1_048_576]),
  ),
  buffer_size: own(size("64MiB", "Memory for the events before a match. The events are compressed.")),
  before: own(duration("30s", "Time before a match that a capture contains, as far as `buffer_size` allows.")),
  max_duration: own(
    duration("1m", "Maximum time after the first match to which subsequent matches can extend a capture."),
  ),
  max_events: own(
    number(0, "A capture ends after this number of events following the first match. 0: no limit.", [0, ANY]),
  ),
  end_with_process: own(flag(false, "End a capture when the process of the first match exits.")),
  rule_interval: own(
    duration("1m", "Minimum time between the starts of two captures by the same rule; other matches are only counted."),
  ),
  max_files: own(
    number(
      100,
      "Maximum number of captures; an additional capture replaces the oldest capture of the rule with the most captures.",
      [1, 1_000_000],
    ),
  ),
  max_total_size: own(
    size(
      "1GiB",
      "Maximum total size of captures; beyond this size, a new capture replaces the oldest capture of the rule with the largest total size.",
    ),
  ),
  min_free_space: own(size("500MB", "Free disk space below which no capture is written.")),
});
