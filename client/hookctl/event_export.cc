// hookctl events export: stored events, oldest first, as lines.
#include <memory>

#include "absl/strings/str_cat.h"
#include "command_line/progress.h"
#include "hookctl/commands.h"
#include "hookctl/event_filter.h"
#include "hookctl/event_follower.h"
#include "hookctl/export_flags.h"
#include "hookctl/output.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

constexpr char kExamples[] =
    R"(Prints the documented JSON of each event on a line, oldest first; with --output json the event as the API has it,
with its name and time. Ends when every event is printed that was accepted before; with --follow it prints new events
until Ctrl-C.

)";
constexpr char kAfterHelp[] = R"(

Examples:
  hookctl events export --since 30d > events.ndjson
  hookctl events export --since 30d --cursor-file events.cursor >> events.ndjson
  hookctl events export --follow --cursor-file events.cursor --file events.ndjson --type bounced)";

struct Flags {
  EventFilter filter;
  ExportFlags output;
  bool follow = false;
};

int Export(Session& session, const Flags& flags) {
  const absl::Time now = absl::Now();
  v1::WatchEventsRequest request;
  request.set_filter(flags.filter.Build(session, now));
  auto output =
      flags.output.Open(session, "events export", request.filter(), session.json ? "event" : "document");
  if (!output.ok()) return FailOutput(session, output.status());
  ExportOutput& lines = **output;
  const std::optional<absl::Time> begin = BeginOf(lines);
  request.set_until_now(!flags.follow);
  request.set_view(session.json ? v1::EVENT_VIEW_BASIC : v1::EVENT_VIEW_DOCUMENT);
  if (!lines.cursor().empty()) {
    request.set_cursor(lines.cursor());
  } else {
    *request.mutable_start_time() = ToTimestamp(begin.value_or(absl::UnixEpoch()));
  }
  int64_t count = 0;
  std::optional<absl::Time> first;
  int code = kOk;
  EventFollower follower(session, request);
  {
    command_line::Progress progress(session.terminal.err, session.terminal.err_width, "events");
    code = follower.Run([&](const v1::WatchEventsResponse& response) {
      bool written = true;
      if (response.has_event()) {
        const v1::Event& event = response.event();
        written = lines.Write(session.json ? ToJson(event, true) : absl::StrCat(event.document(), "\n"));
        const absl::Time emitted = FromTimestamp(event.emit_time());
        // Before the first event there may be a long time without any.
        if (!first.has_value()) first = emitted;
        progress.Update(++count, flags.follow ? std::nullopt : PartOf(first, emitted, now));
      }
      if (written) lines.Mark(response.cursor());
      return written;
    });
  }
  const absl::Status finished = lines.Finish();
  if (!finished.ok()) return FailOutput(session, finished);
  if (code == kOk && !flags.follow && follower.interrupted()) {
    return session.Fail(kError, flags.output.InterruptedText(Counted(count, "event", "events")));
  }
  if (session.terminal.err_width > 0) {
    session.Note(absl::StrCat("Exported ", Counted(count, "event", "events"), "."));
  }
  return code;
}

}  // namespace

void AddEventExport(CLI::App& events, Session& session) {
  auto* command = events.add_subcommand("export", "Write stored events to a file, and continue later");
  auto flags = std::make_shared<Flags>();
  flags->output.Add(*command);
  command->add_flag("--follow", flags->follow, "Go on with new events until Ctrl-C");
  flags->filter.Add(*command);
  SetFooter(*command, absl::StrCat(kExamples, kExportHelp, kAfterHelp));
  command->callback(
      [&session, flags] { session.command = [&session, flags] { return Export(session, *flags); }; });
}

}  // namespace hookctl
