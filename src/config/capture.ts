import { differs, duration, flag, number, own, section, size, text, word } from "../setting/shape.ts";

const ANY = Number.MAX_SAFE_INTEGER;

/** Keys of the flight recorder, which captures the events around alerts. */
export const capture = section("Captures of the events before and after an alert (docs/flight-recorder.md).", {
  enabled: differs(
    "Captures begin before the match. System calls of the running kernel only: `replay` records nothing, since its events already are in a file.",
    flag(false, "Enables it."),
  ),
  path_prefix: differs(
    "The default is in the folder of the journal. The folder must belong to root or the user of Eyas.",
    text(
      "",
      "Folder and beginning of the names of captures: `/var/captures/node` gives `/var/captures/node_TIME_NUMBER.scap`. Absent: `captures/eyas` beside the journal.",
    ),
  ),
  mode: word(
    ["rules", "all_rules"],
    "rules",
    "`rules`: matches of rules with `capture: true`. `all_rules`: matches of all rules.",
  ),
  default_duration: differs(
    "Further matches extend a capture up to `max_duration`.",
    number(5000, "Milliseconds after a match, unless the rule has `capture_duration`.", [0, ANY]),
  ),
  max_file_size_mb: differs(
    "At most half of it is for the events before the match.",
    number(0, "MiB at which a capture ends, compressed. 0: limited only by `max_total_size`.", [0, 1_048_576]),
  ),
  buffer_size: own(size("64MiB", "Memory for the events before a match, compressed.")),
  before: own(duration("30s", "Time before a match that a capture contains, if it fits into `buffer_size`.")),
  max_duration: own(duration("1m", "Longest time after the first match to which further matches extend a capture.")),
  max_events: own(number(0, "Events after the first match at which a capture ends. 0: no limit.", [0, ANY])),
  end_with_process: own(flag(false, "End a capture as soon as the process of its first match has ended.")),
  rule_interval: own(
    duration("1m", "Minimum time between the starts of two captures by the same rule; matches in between are counted."),
  ),
  max_files: own(number(100, "Number of captures; a further one replaces the oldest.", [1, 1_000_000])),
  max_total_size: own(size("1GiB", "Size of all captures; beyond it, a further one replaces the oldest.")),
  min_free_space: own(size("500MB", "Free space of the disk below which nothing is recorded.")),
});
