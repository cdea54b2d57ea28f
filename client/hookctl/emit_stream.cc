#include "hookctl/emit_stream.h"

#include <atomic>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "command_line/progress.h"
#include "hookctl/emit_warning.h"
#include "hookctl/event_input.h"
#include "hookctl/output.h"
#include "hookd/event_stream.h"

namespace hookctl {
namespace {

// The one event of a line.
absl::StatusOr<InputEvent> ParseLine(const std::string& line) {
  auto events = ParseEvents(line);
  if (!events.ok()) {
    // Only the line number of the whole input is useful.
    absl::string_view message = events.status().message();
    absl::ConsumePrefix(&message, "line 1: ");
    absl::ConsumePrefix(&message, "event 1: ");
    return absl::InvalidArgumentError(message);
  }
  if (events->size() != 1) return absl::InvalidArgumentError("a line must be one event");
  return std::move(events->front());
}

// Counts the results of the lines. Thread-safe: lines are read on one thread and answered on another.
class Tally {
 public:
  Tally(Session& session, int64_t bytes)
      : session_(session),
        bytes_(bytes),
        progress_(session.terminal.err, session.terminal.err_width, "events") {}

  // Counts bytes of input that were read.
  void Read(int64_t bytes) { bytes_read_ += bytes; }

  // Remembers the type of a line until its response.
  void Sending(int64_t line, const std::string& type) {
    absl::MutexLock lock(&mutex_);
    types_.emplace(line, type);
  }

  // Counts a response from hookd.
  void Add(const hookd::client::EventResult& result) {
    if (!result.status.ok()) {
      Refuse(result.sequence_number, result.status);
    } else {
      absl::MutexLock lock(&mutex_);
      ++accepted_;
      deliveries_ += result.response.webhook_count();
    }
    absl::MutexLock lock(&mutex_);
    const auto type = types_.extract(result.sequence_number);
    if (result.status.ok() && result.response.webhook_count() == 0 && !type.empty()) {
      unwanted_.Add(type.mapped());
    }
    last_answered_ = result.sequence_number;
    if (session_.json) PrintJson(result);
    const auto part = bytes_ > 0 ? std::optional<double>(static_cast<double>(bytes_read_) / bytes_)
                                 : std::optional<double>();
    progress_.Update(accepted_ + refused_, part);
  }

  // Counts and reports a line that is not an event or that hookd refused.
  void Refuse(int64_t line, const grpc::Status& status) {
    absl::MutexLock lock(&mutex_);
    ++refused_;
    if (refused_ == 1) first_refusal_ = ExitCodeOf(status.error_code());
    progress_.Clear();
    session_.FailLine(line, status, [](const std::string& field) {
      return std::string(absl::StripPrefix(absl::StripPrefix(field, "event."), "document."));
    });
  }

  // Prints the totals after the stream has ended, and returns the exit code.
  int Finish(const grpc::Status& status, const std::string& request_id) {
    absl::MutexLock lock(&mutex_);
    progress_.Clear();
    unwanted_.Warn(session_);
    if (!session_.json) {
      session_.terminal.out << "Emitted " << Counted(accepted_, "event", "events") << ", "
                            << Counted(deliveries_, "delivery", "deliveries") << "; refused "
                            << Counted(refused_, "line", "lines") << ".\n";
    }
    if (status.ok()) return refused_ == 0 ? kOk : first_refusal_;
    const int code = session_.Fail(status);
    session_.Note(
        absl::StrCat("Answered up to line ", last_answered_,
                     "; later lines may or may not have been emitted. Run it again with --request-id ",
                     request_id, ": no event is emitted twice."));
    return code;
  }

 private:
  void PrintJson(const hookd::client::EventResult& result) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    v1::StreamEventsResponse answer;
    answer.set_sequence_number(result.sequence_number);
    if (result.status.ok()) {
      *answer.mutable_accepted() = result.response;
    } else if (!answer.mutable_error()->ParseFromString(result.status.error_details())) {
      answer.mutable_error()->set_code(result.status.error_code());
      answer.mutable_error()->set_message(result.status.error_message());
    }
    session_.terminal.out << ToJson(answer, true);
  }

  Session& session_;
  const int64_t bytes_;
  std::atomic<int64_t> bytes_read_ = 0;
  absl::Mutex mutex_;
  command_line::Progress progress_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<int64_t, std::string> types_ ABSL_GUARDED_BY(mutex_);  // of lines without a response
  UnwantedTypes unwanted_ ABSL_GUARDED_BY(mutex_);
  int64_t accepted_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t deliveries_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t last_answered_ ABSL_GUARDED_BY(mutex_) = 0;
  ExitCode first_refusal_ ABSL_GUARDED_BY(mutex_) = kOk;
};

}  // namespace

int EmitStream(Session& session, std::istream& in, int64_t bytes, const std::string& request_id) {
  Tally tally(session, bytes);
  auto context = std::make_unique<grpc::ClientContext>();
  if (session.timeout.has_value()) context->set_deadline(absl::ToChronoTime(absl::Now() + *session.timeout));
  hookd::client::EventStream stream(
      session.client(), session.Parent(),
      [&tally](const hookd::client::EventResult& result) { tally.Add(result); },
      hookd::client::EventStream::kMaxUnanswered, std::move(context));
  std::string line;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    tally.Read(static_cast<int64_t>(line.size()) + 1);
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    const auto event = ParseLine(line);
    if (!event.ok()) {
      tally.Refuse(number, {grpc::StatusCode::INVALID_ARGUMENT, std::string(event.status().message())});
      continue;
    }
    tally.Sending(number, event->type);
    const std::string line_id = absl::StrCat(request_id, "-", number);
    const bool sent = event->document.empty() ? stream.Send(number, event->event, line_id)
                                              : stream.SendDocument(number, event->document, line_id);
    if (!sent) break;
  }
  return tally.Finish(stream.Finish(), request_id);
}

}  // namespace hookctl
