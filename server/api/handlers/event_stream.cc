#include "api/handlers/event_stream.h"

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "api/conversion/common_fields.h"
#include "api/conversion/event_conversion.h"
#include "api/status.h"
#include "base/status_macros.h"
#include "hookd/v1/event_service.pb.h"

namespace hookd {
namespace {

absl::Status ShuttingDown() {
  return WithDetails(
      absl::UnavailableError("the server is shutting down: events without a response were not accepted"));
}

}  // namespace

// One stream. The transport calls Start and the On functions of RequestStream. The acceptor calls OnAccepted,
// possibly after the stream has ended, and keeps the object alive until then.
//
// States: open (reading requests), then closed (answering the requests that were read), then finished. Next
// decides on the next step under the lock; Do performs the step without the lock. `project_` belongs to the
// read in progress, `sent_` and `response_` to the send in progress. Reads begin only within Start and the On
// functions, during which the transport keeps the call alive: on any other thread, the call could end and be
// destroyed first. So what a function changes and the step that follows from it are one critical section.
class EventStream : public RequestStream, public std::enable_shared_from_this<EventStream> {
 public:
  EventStream(EventStreams* streams, RequestSource* source, const CallContext& context, Shares::Place place)
      : streams_(streams),
        source_(source),
        access_(context.access),
        trace_(context.caller.Trace()),
        place_(std::move(place)) {}
  ~EventStream() override { streams_->Remove(this); }

  void Start() override ABSL_LOCKS_EXCLUDED(mutex_);
  // Stops reading, answers the requests that were read, and ends with that status.
  void End(const absl::Status& end) ABSL_LOCKS_EXCLUDED(mutex_);
  void EndWithoutToken() ABSL_LOCKS_EXCLUDED(mutex_);

  void OnRequest(const google::protobuf::Message& request, const absl::Status& error) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void OnUnreadable(const absl::Status& error) override ABSL_LOCKS_EXCLUDED(mutex_) { OnRead(error); }
  void OnRequestsEnd() override ABSL_LOCKS_EXCLUDED(mutex_) { OnRead(absl::OkStatus()); }
  void OnSent(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnCancelled() override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // A request that was read and, once `ready`, its answer.
  struct Entry {
    int64_t sequence_number = 0;
    bool ready = false;
    absl::Status error;
    std::string project;     // without an error
    AcceptedEvent accepted;  // without an error
  };

  struct Step {
    bool read = false;
    bool send = false;       // `sent_`
    bool send_more = false;  // another answer follows immediately
    bool finish = false;
    absl::Status end;
  };

  // A read has ended without a request. The stream ends with that status.
  void OnRead(const absl::Status& end) ABSL_LOCKS_EXCLUDED(mutex_);
  // Validates a request and passes its event to the acceptor. An error ends the stream.
  absl::Status Accept(const v1::StreamEventsRequest& request, absl::Status error) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnAccepted(int64_t number, const absl::StatusOr<Store::Accepted>& accepted)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Sends the answers to events that were accepted together.
  void SendAnswers() ABSL_LOCKS_EXCLUDED(mutex_);

  // Stops reading; ends with `end` once every request is answered.
  void EndWith(absl::Status end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Step Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Do(const Step& step) ABSL_LOCKS_EXCLUDED(mutex_);
  // Makes a change and decides on the next step in one critical section, then performs the step. In two,
  // another thread could take the step, and begin a read while the call ends.
  template <typename Change>
  void Proceed(Change change) ABSL_LOCKS_EXCLUDED(mutex_) {
    Step step;
    {
      absl::MutexLock lock(&mutex_);
      change();
      step = Next();
    }
    Do(step);
  }

  EventStreams* const streams_;
  RequestSource* const source_;
  const CallerAccess access_;
  const std::shared_ptr<const TraceContext> trace_;
  const Shares::Place place_;

  Shares::Place project_place_;  // of the first project
  std::string project_;          // of the previous request; empty if that was not valid

  Entry sent_;
  v1::StreamEventsResponse response_;

  absl::Mutex mutex_;
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // in the order of the requests
  int64_t first_ ABSL_GUARDED_BY(mutex_) = 0;          // number of the first entry
  bool started_ ABSL_GUARDED_BY(mutex_) = false;       // the transport has called Start
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;    // a read is in progress or its request is not handled yet
  bool accepting_ ABSL_GUARDED_BY(mutex_) = false;  // a request was read and has no entry yet
  bool sending_ ABSL_GUARDED_BY(mutex_) = false;
  bool answering_ ABSL_GUARDED_BY(mutex_) = false;  // SendAnswers will be called
  bool answered_ ABSL_GUARDED_BY(mutex_) = false;   // at least one answer was sent
  bool open_ ABSL_GUARDED_BY(mutex_) = true;        // more requests are to be read
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;     // the caller is gone
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
};

void EventStream::Start() {
  Proceed([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { started_ = true; });
}

void EventStream::End(const absl::Status& end) {
  Proceed([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { EndWith(end); });
}

void EventStream::EndWithoutToken() {
  if (const absl::Status valid = access_.CheckStillValid(); !valid.ok()) End(valid);
}

void EventStream::OnRequest(const google::protobuf::Message& request, const absl::Status& error) {
  bool accept = false;
  {
    absl::MutexLock lock(&mutex_);
    accept = open_ && !broken_;  // requests that arrive after the end are not accepted
    accepting_ = accept;
  }
  absl::Status end;
  if (accept) end = Accept(static_cast<const v1::StreamEventsRequest&>(request), error);
  Proceed([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    accepting_ = false;
    reading_ = false;
    if (!end.ok()) EndWith(end);
  });
}

void EventStream::OnRead(const absl::Status& end) {
  Proceed([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    reading_ = false;
    EndWith(end);
  });
}

void EventStream::OnSent(bool ok) {
  Proceed([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    sending_ = false;
    if (!ok) broken_ = true;
  });
}

void EventStream::OnCancelled() {
  Proceed([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { broken_ = true; });
}

absl::Status EventStream::Accept(const v1::StreamEventsRequest& request, absl::Status error) {
  HOOKD_RETURN_IF_ERROR(access_.CheckStillValid());
  FieldViolations violations;
  if (!request.parent().empty() || project_.empty()) project_ = ReadParent(request.parent(), violations);
  const absl::Status granted = access_.CheckProjectId(project_);
  // A caller uses no place of a project that it may not access.
  if (project_place_ == nullptr && !project_.empty() && granted.ok()) {
    auto place = streams_->projects_.Take({project_});
    if (!place.ok()) return WithDetails(place.status());
    project_place_ = *std::move(place);
  }
  std::vector<Acceptor::ValidEvent> events;
  if (error.ok()) {
    events.push_back(ReadEvent(request.has_event() ? &request.event() : nullptr, request.document(), "",
                               trace_, violations));
    CheckRequestId(request.request_id(), violations);
    error = granted.ok() ? violations.ToStatus() : granted;
  }
  const bool accept = error.ok();
  int64_t number = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (broken_) return absl::OkStatus();
    number = first_ + static_cast<int64_t>(entries_.size());
    entries_.push_back({.sequence_number = request.sequence_number(),
                        .ready = !accept,
                        .error = std::move(error),
                        .project = project_});
  }
  if (!accept) return absl::OkStatus();
  auto request_id = RequestIdOf(request.request_id(), "EmitEvent", events);
  streams_->acceptor_->Accept(
      project_, std::move(events), std::move(request_id),
      [self = shared_from_this(), number](const absl::StatusOr<Store::Accepted>& accepted) {
        self->OnAccepted(number, accepted);
      });
  return absl::OkStatus();
}

void EventStream::OnAccepted(int64_t number, const absl::StatusOr<Store::Accepted>& accepted) {
  absl::Status error = WithDetails(accepted.status());
  {
    absl::MutexLock lock(&mutex_);
    if (broken_) return;
    Entry& entry = entries_[static_cast<size_t>(number - first_)];
    entry.error = std::move(error);
    if (accepted.ok()) entry.accepted = accepted->events.front();
    entry.ready = true;
    if (std::exchange(answering_, true)) return;
  }
  // Events of one transaction are answered together, because a write for each answer would be a packet for
  // each.
  CommitBatch::Answer(accepted.ok() ? accepted->batch : nullptr,
                      [self = shared_from_this()] { self->SendAnswers(); });
}

void EventStream::SendAnswers() {
  Proceed([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { answering_ = false; });
}

void EventStream::EndWith(absl::Status end) {
  if (!open_) return;
  open_ = false;
  end_ = std::move(end);
}

EventStream::Step EventStream::Next() {
  Step step;
  if (!started_ || finished_) return step;
  if (broken_) entries_.clear();
  if (!sending_ && !accepting_ && (broken_ || (!open_ && entries_.empty()))) {
    finished_ = true;
    step.finish = true;
    step.end = broken_ ? absl::CancelledError() : end_;
    return step;
  }
  if (!sending_ && !answering_ && !entries_.empty() && entries_.front().ready) {
    sent_ = std::move(entries_.front());
    entries_.pop_front();
    ++first_;
    sending_ = true;
    step.send = true;
    // The first answer is sent with the initial metadata. If more is announced to follow, gRPC 1.51 neither
    // sends the metadata nor reports the end of the write.
    step.send_more = answered_ && !entries_.empty() && entries_.front().ready;
    answered_ = true;
  }
  const size_t unanswered = entries_.size() + (sending_ ? 1 : 0);
  if (open_ && !broken_ && !reading_ && unanswered < limits::kMaxUnansweredPerStream) {
    reading_ = true;
    step.read = true;
  }
  return step;
}

void EventStream::Do(const Step& step) {
  if (step.read) source_->Read();
  if (step.send) {
    response_.set_sequence_number(sent_.sequence_number);
    if (sent_.error.ok()) {
      ToProto(sent_.project, sent_.accepted, *response_.mutable_accepted());
    } else {
      ToProto(sent_.error, *response_.mutable_error());
    }
    source_->Send(response_, step.send_more);
  }
  if (step.finish) source_->Finish(step.end);
}

absl::StatusOr<std::shared_ptr<RequestStream>> EventStreams::Open(const CallContext& context,
                                                                  RequestSource* source) {
  HOOKD_ASSIGN_OR_RETURN(auto place, places_.Take({context.access.Holder()}));
  auto stream = std::make_shared<EventStream>(this, source, context, std::move(place));
  {
    absl::MutexLock lock(&mutex_);
    if (!stopped_) {
      streams_.emplace(stream.get(), stream);
      return stream;
    }
  }
  return ShuttingDown();
}

std::vector<std::shared_ptr<EventStream>> EventStreams::All() {
  std::vector<std::shared_ptr<EventStream>> streams;
  absl::MutexLock lock(&mutex_);
  for (const auto& [pointer, weak] : streams_) {
    if (auto stream = weak.lock()) streams.push_back(std::move(stream));
  }
  return streams;
}

void EventStreams::Remove(const EventStream* stream) {
  absl::MutexLock lock(&mutex_);
  streams_.erase(stream);
}

void EventStreams::EndWithoutToken() {
  for (const auto& stream : All()) stream->EndWithoutToken();
}

void EventStreams::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  for (const auto& stream : All()) stream->End(ShuttingDown());
}

}  // namespace hookd
