// The flags that the export commands share. Not thread-safe.
#ifndef HOOKCTL_EXPORT_FLAGS_H_
#define HOOKCTL_EXPORT_FLAGS_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hookctl/export_output.h"
#include "hookctl/session.h"

namespace hookctl {

struct ExportFlags {
  std::string since, file, cursor_file;

  void Add(CLI::App& command);

  // The error of an export that Ctrl-C ended before it was complete. `exported` is such as `12 events`.
  std::string InterruptedText(const std::string& exported) const;

  // Opens the output of an export. `command` is such as `events export`.
  absl::StatusOr<std::unique_ptr<ExportOutput>> Open(const Session& session, const std::string& command,
                                                     const std::string& filter,
                                                     const std::string& format) const;
};

// Since when an output is exported: when its first run began, if the flag is a duration. Nothing: since ever.
std::optional<absl::Time> BeginOf(const ExportOutput& output);

// Prints the error of an output, and returns the exit code.
int FailOutput(const Session& session, const absl::Status& status);

// Which part of the time from `begin` to `end` is before `time`; for a progress bar.
std::optional<double> PartOf(std::optional<absl::Time> begin, absl::Time time, absl::Time end);

// What --help says of the flags.
extern const char kExportHelp[];

}  // namespace hookctl

#endif  // HOOKCTL_EXPORT_FLAGS_H_
