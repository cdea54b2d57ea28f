#include "hookd/event_stream.h"

#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hookd::client {

// Hidden behind a pointer, so that callers need no Abseil.
class EventStream::State {
 public:
  State(const Client& client, std::string parent, std::function<void(const EventResult&)> on_result,
        int max_unanswered, std::unique_ptr<grpc::ClientContext> context)
      : parent_(std::move(parent)),
        on_result_(std::move(on_result)),
        max_unanswered_(max_unanswered),
        context_(std::move(context)),
        stream_(client.events().StreamEvents(context_.get())),
        reader_([this] { Read(); }) {}

  ~State() {
    if (!reader_.joinable()) return;
    context_->TryCancel();
    reader_.join();
    stream_->Finish();
  }

  // `request` has the event.
  bool Send(int64_t sequence_number, hookd::v1::StreamEventsRequest request, const std::string& request_id) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &State::CanSend));
      if (ended_) return false;
      ++unanswered_;
    }
    request.set_parent(std::exchange(parent_, ""));  // only the first message needs it
    request.set_sequence_number(sequence_number);
    request.set_request_id(request_id);
    return stream_->Write(request);
  }

  grpc::Status Finish() {
    stream_->WritesDone();
    reader_.join();
    grpc::Status status = stream_->Finish();
    absl::MutexLock lock(&mutex_);
    if (status.ok() && unanswered_ > 0) {
      return {grpc::StatusCode::UNAVAILABLE, "the stream ended before every event was answered"};
    }
    return status;
  }

 private:
  bool CanSend() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return ended_ || unanswered_ < max_unanswered_; }

  void Read() ABSL_LOCKS_EXCLUDED(mutex_) {
    hookd::v1::StreamEventsResponse answer;
    while (stream_->Read(&answer)) {
      EventResult result;
      result.sequence_number = answer.sequence_number();
      if (answer.has_error()) {
        result.status = {static_cast<grpc::StatusCode>(answer.error().code()), answer.error().message(),
                         answer.error().SerializeAsString()};
      } else {
        result.response = answer.accepted();
      }
      on_result_(result);
      absl::MutexLock lock(&mutex_);
      --unanswered_;
    }
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }

  std::string parent_;
  const std::function<void(const EventResult&)> on_result_;
  const int max_unanswered_;
  const std::unique_ptr<grpc::ClientContext> context_;
  const std::unique_ptr<
      grpc::ClientReaderWriter<hookd::v1::StreamEventsRequest, hookd::v1::StreamEventsResponse>>
      stream_;
  absl::Mutex mutex_;
  int unanswered_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;  // no more results will arrive
  std::thread reader_;                          // last: it uses all of the above
};

EventStream::EventStream(const Client& client, std::string parent,
                         std::function<void(const EventResult&)> on_result, int max_unanswered,
                         std::unique_ptr<grpc::ClientContext> context)
    : state_(std::make_unique<State>(client, std::move(parent), std::move(on_result), max_unanswered,
                                     std::move(context))) {}

EventStream::~EventStream() = default;

bool EventStream::Send(int64_t sequence_number, const hookd::v1::Event& event,
                       const std::string& request_id) {
  hookd::v1::StreamEventsRequest request;
  *request.mutable_event() = event;
  return state_->Send(sequence_number, std::move(request), request_id);
}

bool EventStream::SendDocument(int64_t sequence_number, const std::string& document,
                               const std::string& request_id) {
  hookd::v1::StreamEventsRequest request;
  request.set_document(document);
  return state_->Send(sequence_number, std::move(request), request_id);
}

grpc::Status EventStream::Finish() { return state_->Finish(); }

}  // namespace hookd::client
