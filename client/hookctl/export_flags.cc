#include "hookctl/export_flags.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "hookctl/commands.h"
#include "hookctl/values.h"

namespace hookctl {

const char kExportHelp[] =
    R"(With --cursor-file the command notes how far it got, and the next run with the same flags continues there, also after
it was killed. In a file (--file, or >> on the command line) no line is then lost or doubled: what was written after the
last note is cut off before the export continues. Through a pipe, the last lines before a kill are repeated. --since 30d
is measured from the first run.)";

void ExportFlags::Add(CLI::App& command) {
  TakesTime(command.add_option(
      "--since", since, "Begin with what was accepted since then, such as 30d or 2026-01-31; default: all"));
  command.add_option("--file", file, "Append to this file; default: stdout")->type_name("FILE");
  command
      .add_option("--cursor-file", cursor_file,
                  "Continue from this file, and note in it how far the export got")
      ->type_name("FILE");
}

std::string ExportFlags::InterruptedText(const std::string& exported) const {
  return absl::StrCat("interrupted after ", exported, ": the output is not complete; ",
                      cursor_file.empty() ? "delete it and begin again, or use --cursor-file"
                                          : "run the command again to continue");
}

absl::StatusOr<std::unique_ptr<ExportOutput>> ExportFlags::Open(const Session& session,
                                                                const std::string& command,
                                                                const std::string& filter,
                                                                const std::string& format) const {
  std::string begin;
  if (!since.empty()) {
    begin = absl::FormatTime(absl::RFC3339_full, *ParseTime(since, absl::Now()), absl::UTCTimeZone());
  }
  return ExportOutput::Open(
      {.file = file,
       .out = &session.terminal.out,
       .cursor_file = cursor_file,
       .identity = {.command = command, .project = session.Parent(), .filter = filter, .format = format},
       .begin = begin});
}

std::optional<absl::Time> BeginOf(const ExportOutput& output) {
  return output.begin().empty() ? std::nullopt : ParseTime(output.begin(), absl::Now());
}

int FailOutput(const Session& session, const absl::Status& status) {
  return session.Fail(absl::IsInvalidArgument(status) ? kUsage : kError, status.message());
}

std::optional<double> PartOf(std::optional<absl::Time> begin, absl::Time time, absl::Time end) {
  if (!begin.has_value() || *begin >= end) return std::nullopt;
  return std::clamp(absl::FDivDuration(time - *begin, end - *begin), 0.0, 1.0);
}

}  // namespace hookctl
