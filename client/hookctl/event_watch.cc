// hookctl events watch: shows events as they are accepted.
#include <memory>

#include "absl/strings/str_cat.h"
#include "hookctl/commands.h"
#include "hookctl/event_filter.h"
#include "hookctl/event_follower.h"
#include "hookctl/output.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

constexpr char kFooter[] =
    R"(Prints a line for every event until Ctrl-C. If the stream breaks, the command resumes after the last event it
showed. With --output json each event is one line: {"event": {...}, "cursor": ...}. --timeout limits the whole watch.

Examples:
  hookctl events watch --type bounced
  hookctl events watch --since 1h --email ann@example.com
  hookctl events watch -o json | jq -r .event.document)";

struct Flags {
  EventFilter filter;
  std::string since;
  int limit = 0;
};

int Watch(Session& session, const Flags& flags) {
  const absl::Time now = absl::Now();
  v1::WatchEventsRequest request;
  request.set_filter(flags.filter.Build(session, now));
  request.set_view(v1::EVENT_VIEW_DOCUMENT);
  if (!flags.since.empty()) *request.mutable_start_time() = ToTimestamp(*ParseTime(flags.since, now));
  std::ostream& out = session.terminal.out;
  // Wide enough for a time, an id, the longest type and the beginning of a document, so that few rows shift
  // the columns. On a narrow terminal, without the number of webhooks and the time.
  LiveTable table({24, 13, 12, 8, 24}, {3, 0});
  bool headed = false;
  int shown = 0;
  bool written = true;
  const int code = EventFollower(session, request).Run([&](const v1::WatchEventsResponse& response) {
    if (!session.json && !std::exchange(headed, true)) {
      table.Add(out, session.terminal.width, {"TIME", "EVENT", "TYPE", "WEBHOOKS", "DOCUMENT"});
    }
    if (!response.has_event()) return true;
    const v1::Event& event = response.event();
    if (session.json) {
      out << ToJson(response, true) << std::flush;
    } else {
      table.Add(out, session.terminal.width,
                {TimeText(event.emit_time(), true), IdOf(event.name()), EventTypeName(event),
                 std::to_string(event.webhook_count()), event.document()});
    }
    written = static_cast<bool>(out);
    return written && ++shown != flags.limit;
  });
  return written ? code : session.Fail(kError, "the output cannot be written");
}

}  // namespace

void AddEventWatch(CLI::App& events, Session& session) {
  auto* watch = events.add_subcommand("watch", "Show events as they are accepted");
  auto flags = std::make_shared<Flags>();
  flags->filter.Add(*watch);
  TakesTime(watch->add_option("--since", flags->since,
                              "Begin with events since then, such as 2h or 2026-01-31; default: now"));
  watch->add_option("--limit", flags->limit, "Exit after this many events; 0: never")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  SetFooter(*watch, kFooter);
  watch->callback(
      [&session, flags] { session.command = [&session, flags] { return Watch(session, *flags); }; });
}

}  // namespace hookctl
