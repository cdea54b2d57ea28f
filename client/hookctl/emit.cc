// hookctl emit: emits events from a file or stdin, or the documented samples.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "command_line/progress.h"
#include "hookctl/commands.h"
#include "hookctl/emit_stream.h"
#include "hookctl/emit_warning.h"
#include "hookctl/event_input.h"
#include "hookctl/input_file.h"
#include "hookctl/output.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

// hookd's limits for one batch. The byte limit leaves room for the encoding around the events.
constexpr size_t kBatchEvents = 1000;
constexpr size_t kBatchBytes = size_t{12} * 1024 * 1024;

// As many rows as fit on a screen; above that, only the total is shown.
constexpr int kMostRows = 20;

constexpr char kEmitFooter[] =
    R"(FILE holds one event, an array of events, or a sequence of events (such as one per line). An event is the documented
JSON of its type, or protobuf JSON of hookd.v1.Event:
  {"sent_at": 1435016238, "type": "sent", "user": {"id": 123, "email": "steve@example.com"}}
  {"sent": {"sent_at": 1435016238, "user": {"id": {"number": 123}, "email": "steve@example.com"}}}
If FILE cannot be parsed, nothing is emitted. Up to 1,000 events are sent in one batch, all or none; more are sent in
batches of 1,000. With --output json the output is one object, {"responses": [...]}, even for one event.

With --stream, FILE holds one event per line, and each is sent as it is read, as fast as hookd accepts them. A refused
line is reported on stderr with its number, and the exit code is that of the first refused line (4: a field is
invalid). If the stream breaks, the error names the --request-id with which to run the command again. With --output
json each response is one line, {"sequence_number": ..., "accepted": {...}} or {..., "error": {...}}, with the number
of the input line.

Examples:
  hookctl emit --sample sent --sample bounced
  hookctl events sample user_created | hookctl emit -
  hookctl emit events.ndjson --request-id import-2026-01-31
  tail -F events.ndjson | hookctl emit --stream -)";

struct Flags {
  std::string file;
  std::vector<std::string> samples;
  std::string request_id;
  bool validate_only = false;
  bool stream = false;
};

absl::StatusOr<std::vector<InputEvent>> ReadInput(const Session& session, const Flags& flags) {
  if (!flags.samples.empty()) {
    std::vector<InputEvent> events;
    for (const v1::EventType type : ExpandEventTypes(flags.samples)) {
      events.push_back(SampleEvent(EventTypeName(type)));
    }
    return events;
  }
  const auto text = flags.file == "-" ? ReadStream(session.terminal.in, kMaxInputBytes)
                                      : ReadFile(flags.file, kMaxInputBytes);
  if (absl::IsOutOfRange(text.status())) {
    return absl::OutOfRangeError(
        absl::StrCat(text.status().message(), ": use --stream, with one event per line"));
  }
  if (!text.ok()) return text.status();
  return ParseEvents(*text);
}

// How many of `events`, starting at `begin`, fit into one batch: at least one.
size_t BatchSize(const std::vector<InputEvent>& events, size_t begin) {
  size_t bytes = 0;
  size_t size = 0;
  while (size < kBatchEvents && begin + size < events.size()) {
    const InputEvent& event = events[begin + size];
    bytes += event.document.empty() ? event.event.ByteSizeLong() : event.document.size();
    if (size > 0 && bytes > kBatchBytes) break;
    ++size;
  }
  return size;
}

// Turns a path in a batch such as `requests[4].event.sent.sent_at` into the event's position in the user's
// input.
std::string FieldInInput(const std::string& field, const std::vector<InputEvent>& events, size_t begin) {
  absl::string_view rest = field;
  const size_t bracket = rest.find(']');
  size_t index = 0;
  if (!absl::ConsumePrefix(&rest, "requests[") || bracket == absl::string_view::npos ||
      !absl::SimpleAtoi(absl::string_view(field).substr(9, bracket - 9), &index) ||
      begin + index >= events.size()) {
    return field;
  }
  index += begin;
  const int line = events[index].line;
  rest = absl::string_view(field).substr(bracket + 1);
  if (!absl::ConsumePrefix(&rest, ".event.") && !absl::ConsumePrefix(&rest, ".document.")) {
    absl::ConsumePrefix(&rest, ".");
  }
  return absl::StrCat("event ", index + 1, line > 0 ? absl::StrCat(" (line ", line, ")") : "",
                      rest.empty() ? "" : ": ", rest);
}

grpc::Status EmitOne(Session& session, const Flags& flags, const InputEvent& event,
                     v1::BatchEmitEventsResponse* responses) {
  v1::EmitEventRequest request;
  request.set_parent(session.Parent());
  SetEvent(event, request);
  request.set_request_id(flags.request_id.empty() ? hookd::client::NewRequestId() : flags.request_id);
  request.set_validate_only(flags.validate_only);
  v1::EmitEventResponse response;
  grpc::Status status = session.Call([&](grpc::ClientContext* context) {
    return session.client().events().EmitEvent(context, request, &response);
  });
  if (status.ok()) *responses->add_responses() = response;
  return status;
}

grpc::Status EmitBatch(Session& session, const v1::BatchEmitEventsRequest& request,
                       v1::BatchEmitEventsResponse* responses) {
  v1::BatchEmitEventsResponse response;
  grpc::Status status = session.Call([&](grpc::ClientContext* context) {
    return session.client().events().BatchEmitEvents(context, request, &response);
  });
  if (status.ok()) responses->MergeFrom(response);
  return status;
}

// Warns of each type that no webhook wants: the project can be the wrong one.
void WarnOfUnwanted(const Session& session, const std::vector<InputEvent>& events,
                    const v1::BatchEmitEventsResponse& responses) {
  UnwantedTypes unwanted;
  for (int i = 0; i < responses.responses_size(); ++i) {
    if (responses.responses(i).webhook_count() == 0) unwanted.Add(events[static_cast<size_t>(i)].type);
  }
  unwanted.Warn(session);
}

void Show(const Session& session, const Flags& flags, const std::vector<InputEvent>& events,
          const v1::BatchEmitEventsResponse& responses) {
  WarnOfUnwanted(session, events, responses);
  std::ostream& out = session.terminal.out;
  if (session.json) {
    out << ToJson(responses);
    return;
  }
  if (responses.responses_size() <= kMostRows && !flags.validate_only) {
    Table table({"EVENT", "TYPE", "EMITTED", "WEBHOOKS"});
    for (int i = 0; i < responses.responses_size(); ++i) {
      const v1::EmitEventResponse& response = responses.responses(i);
      table.Add({IdOf(response.event()), Printable(events[i].type), TimeText(response.emit_time()),
                 std::to_string(response.webhook_count())});
    }
    table.Print(out, session.terminal.width);
  }
  long long deliveries = 0;
  for (const auto& response : responses.responses()) deliveries += response.webhook_count();
  out << (flags.validate_only ? "Valid, not emitted: " : "Emitted ")
      << Counted(responses.responses_size(), "event", "events") << ", "
      << Counted(deliveries, "delivery", "deliveries") << ".\n";
}

int Stream(Session& session, const Flags& flags) {
  if (flags.file.empty() || flags.validate_only) {
    return session.Fail(kUsage, "--stream requires a FILE (- for stdin) and excludes --validate-only");
  }
  const std::string request_id = flags.request_id.empty() ? hookd::client::NewRequestId() : flags.request_id;
  if (flags.file == "-") return EmitStream(session, session.terminal.in, 0, request_id);
  std::ifstream file(flags.file, std::ios::binary);
  // A directory opens, and fails when it is read.
  if (!file || (file.peek() == EOF && file.bad())) {
    return session.Fail(kUsage, absl::StrCat(Printable(flags.file), ": ", std::strerror(errno)));
  }
  file.clear();             // an empty file is already at its end
  std::error_code no_size;  // a pipe has none
  const auto bytes = std::filesystem::file_size(flags.file, no_size);
  return EmitStream(session, file, no_size ? 0 : static_cast<int64_t>(bytes), request_id);
}

// Emits the events in batches, and shows the progress.
int EmitBatches(Session& session, const Flags& flags, const std::vector<InputEvent>& events) {
  v1::BatchEmitEventsResponse responses;
  command_line::Progress progress(session.terminal.err, session.terminal.err_width, "events");
  const bool several = BatchSize(events, 0) < events.size();
  size_t begin = 0;
  for (int number = 1; begin < events.size(); ++number) {
    const size_t end = begin + BatchSize(events, begin);
    v1::BatchEmitEventsRequest request;
    request.set_parent(session.Parent());
    for (size_t i = begin; i < end; ++i) SetEvent(events[i], *request.add_requests());
    if (flags.request_id.empty()) {
      request.set_request_id(hookd::client::NewRequestId());
    } else {
      // The same input is split at the same positions, so each batch gets the same id when the command is
      // repeated.
      request.set_request_id(several ? absl::StrCat(flags.request_id, "-", number) : flags.request_id);
    }
    request.set_validate_only(flags.validate_only);
    const auto status = EmitBatch(session, request, &responses);
    if (!status.ok()) {
      progress.Clear();
      if (begin > 0) Show(session, flags, events, responses);
      const int code =
          session.Fail(status, [&](const std::string& field) { return FieldInInput(field, events, begin); });
      if (several) {
        session.Note(absl::StrCat("Events ", begin + 1, " to ", end, " of ", events.size(),
                                  " failed; earlier events were ", flags.validate_only ? "valid" : "emitted",
                                  ", later events were not sent."));
      }
      return code;
    }
    begin = end;
    progress.Update(static_cast<int64_t>(end), static_cast<double>(end) / static_cast<double>(events.size()));
  }
  progress.Clear();
  Show(session, flags, events, responses);
  return kOk;
}

int Emit(Session& session, const Flags& flags) {
  if (flags.file.empty() == flags.samples.empty()) {
    return session.Fail(kUsage, "give either a FILE (- for stdin) or --sample (see --help)");
  }
  if (flags.stream) return Stream(session, flags);
  const auto events = ReadInput(session, flags);
  if (!events.ok()) {
    const std::string source = flags.file == "-" ? "stdin" : flags.file;
    return session.Fail(
        kUsage, absl::StrCat(Printable(source), ": ", Printable(std::string(events.status().message()))));
  }
  if (events->empty()) return session.Fail(kUsage, "the input has no events");

  if (events->size() == 1) {
    v1::BatchEmitEventsResponse responses;
    const auto status = EmitOne(session, flags, events->front(), &responses);
    if (!status.ok()) return session.Fail(status);
    Show(session, flags, *events, responses);
    return kOk;
  }

  return EmitBatches(session, flags, *events);
}

}  // namespace

void AddEmit(CLI::App& app, Session& session) {
  auto* emit = app.add_subcommand("emit", "Emit events");
  auto flags = std::make_shared<Flags>();
  emit->add_option("FILE", flags->file, "Events as JSON; - for stdin")->type_name("");
  TakesEventTypes(emit->add_option("--sample", flags->samples,
                                   "Documented sample to emit, by event type, or all; can be repeated"));
  emit->add_option("--request-id", flags->request_id,
                   "Idempotency key: repeated runs emit the events once;\n"
                   "default: a new one. Several batches append -1, -2, ...;\n"
                   "--stream appends the line number");
  emit->add_flag("--validate-only,--dry-run", flags->validate_only,
                 "Validate and count the deliveries, but emit nothing");
  emit->add_flag("--stream", flags->stream,
                 "Send each line as it is read; a refused line does not stop the rest");
  SetFooter(*emit, kEmitFooter);
  emit->callback(
      [&session, flags] { session.command = [&session, flags] { return Emit(session, *flags); }; });
}

}  // namespace hookctl
