#include "rpc/stream_events.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/unknown_field_set.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "hookd/v1/event_service.pb.h"
#include "rpc/answer_together.h"
#include "rpc/caller_trace.h"
#include "rpc/common_fields.h"
#include "rpc/emitting.h"
#include "rpc/intake_pace.h"
#include "rpc/message_encoding.h"
#include "rpc/request_arena.h"
#include "rpc/status.h"
#include "rpc/unary_call.h"

namespace hookd {
namespace {

// What can be told of a message that could not be parsed, as one of its strings is not UTF-8: fields that are
// not looked into. False if it is no message at all.
bool ParseOutline(const grpc::ByteBuffer& bytes, v1::StreamEventsRequest& request) {
  google::protobuf::Empty fields;
  if (!ParseBytes(bytes, fields)) return false;
  request.Clear();
  const auto& unknown = fields.GetReflection()->GetUnknownFields(fields);
  for (int i = 0; i < unknown.field_count(); ++i) {
    const auto& field = unknown.field(i);
    if (field.number() == v1::StreamEventsRequest::kParentFieldNumber &&
        field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED) {
      request.set_parent(field.length_delimited());
    } else if (field.number() == v1::StreamEventsRequest::kSequenceNumberFieldNumber &&
               field.type() == google::protobuf::UnknownField::TYPE_VARINT) {
      request.set_sequence_number(static_cast<int64_t>(field.varint()));
    }
  }
  return true;
}

grpc::Status Stopping() {
  return ToGrpc(absl::UnavailableError("the server is stopping: what it did not answer, it did not take"));
}

}  // namespace

// One stream. gRPC calls its On*; what it gave to the acceptor calls OnAccepted, perhaps after the stream is
// done, and keeps the object until then.
//
// What is to be done next is decided under the lock, and done without it. At most one read and one write are
// under way at a time: `request_bytes_` and `project_` belong to who reads, `written_`, `response_` and
// `response_bytes_` to who writes. Reads are begun within On*Done alone, during which gRPC keeps the
// call: on another thread's way to it the call might be finished, and gone.
class EventStreams::Stream : public EventStreams::Reactor, public std::enable_shared_from_this<Stream> {
 public:
  Stream(EventStreams* streams, Acceptor* acceptor, const grpc::CallbackServerContext* context,
         CallerAccess access, std::string peer, std::shared_ptr<const TraceContext> trace,
         Shares::Place place)
      : streams_(streams),
        acceptor_(acceptor),
        context_(context),
        access_(std::move(access)),
        peer_(std::move(peer)),
        trace_(std::move(trace)),
        place_(std::move(place)) {}

  void Begin() ABSL_LOCKS_EXCLUDED(mutex_);
  // Has it read no more, answer what it read, and end so.
  void End(grpc::Status end) ABSL_LOCKS_EXCLUDED(mutex_);
  void EndIfVoid() ABSL_LOCKS_EXCLUDED(mutex_);

  void OnReadDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnCancel() override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnDone() override;

 private:
  // A message that was read, and its answer once there is one.
  struct Slot {
    int64_t sequence_number = 0;
    bool ready = false;
    grpc::Status error;
    std::string project;     // with no error
    AcceptedEvent accepted;  // with no error
  };

  struct Step {
    bool read = false;
    bool write = false;       // `written_`
    bool write_more = false;  // another write follows at once
    bool finish = false;
    grpc::Status end;
  };

  // Takes the message in `request_bytes_`, whose slot is `number`.
  void Take(int64_t number) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnAccepted(int64_t number, absl::StatusOr<std::vector<AcceptedEvent>> accepted)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Writes what was accepted together.
  void Answer() ABSL_LOCKS_EXCLUDED(mutex_);

  // Reads no more; ends with `end` once everything is answered.
  void EndWith(grpc::Status end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Step Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Do(const Step& step) ABSL_LOCKS_EXCLUDED(mutex_);

  EventStreams* const streams_;
  Acceptor* const acceptor_;
  const grpc::CallbackServerContext* const context_;  // gRPC's, alive until OnDone
  const CallerAccess access_;
  const std::string peer_;
  const std::shared_ptr<const TraceContext> trace_;
  const Shares::Place place_;

  grpc::ByteBuffer request_bytes_;
  Shares::Place project_place_;  // of its first project
  std::string project_;          // of the message before; empty if that had none that is valid

  Slot written_;
  v1::StreamEventsResponse response_;
  grpc::ByteBuffer response_bytes_;

  absl::Mutex mutex_;
  std::deque<Slot> slots_ ABSL_GUARDED_BY(mutex_);  // in the order of the messages
  int64_t first_ ABSL_GUARDED_BY(mutex_) = 0;       // number of the first of them
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;    // until what was read is taken
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool answering_ ABSL_GUARDED_BY(mutex_) = false;  // more is about to be accepted, and then Answer called
  bool answered_ ABSL_GUARDED_BY(mutex_) = false;   // the first of them at least
  bool open_ ABSL_GUARDED_BY(mutex_) = true;        // more is to be read
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;     // nobody is there to be answered
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status end_ ABSL_GUARDED_BY(mutex_);
};

void EventStreams::Stream::Begin() {
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    step = Next();
  }
  Do(step);
}

void EventStreams::Stream::End(grpc::Status end) {
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    EndWith(std::move(end));
    step = Next();
  }
  Do(step);
}

void EventStreams::Stream::EndIfVoid() {
  if (grpc::Status valid = access_.CheckStillValid(); !valid.ok()) End(std::move(valid));
}

void EventStreams::Stream::OnReadDone(bool ok) {
  std::optional<int64_t> number;
  {
    absl::MutexLock lock(&mutex_);
    if (!ok) {
      open_ = false;
    } else if (open_ && !broken_) {
      number = first_ + static_cast<int64_t>(slots_.size());
      slots_.emplace_back();
    }
  }
  if (number.has_value()) {
    Take(*number);
    request_bytes_.Clear();
  }
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    reading_ = false;
    step = Next();
  }
  Do(step);
  if (number.has_value()) PaceIntake();
}

void EventStreams::Stream::OnWriteDone(bool ok) {
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) broken_ = true;
    step = Next();
  }
  Do(step);
}

void EventStreams::Stream::OnCancel() {
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    broken_ = true;
    step = Next();
  }
  Do(step);
}

void EventStreams::Stream::OnDone() {
  std::shared_ptr<Stream> self;  // goes after the lock
  absl::MutexLock lock(&streams_->mutex_);
  const auto found = streams_->streams_.find(this);
  self = std::move(found->second);
  streams_->streams_.erase(found);
}

void EventStreams::Stream::Take(int64_t number) {
  RequestArena arena;
  auto* request = arena.Make<v1::StreamEventsRequest>();
  grpc::Status error = CheckMessageEncoding(*context_);
  const bool readable = error.ok();
  if (readable) error = ParseRequest(request_bytes_, *request);
  if (!readable || (!error.ok() && !ParseOutline(request_bytes_, *request))) {
    absl::MutexLock lock(&mutex_);
    if (!broken_) slots_.pop_back();
    EndWith(error);
    return;
  }
  if (const grpc::Status valid = access_.CheckStillValid(); !valid.ok()) {
    absl::MutexLock lock(&mutex_);
    if (!broken_) slots_.pop_back();
    EndWith(valid);
    return;
  }
  FieldViolations violations;
  if (!request->parent().empty() || project_.empty()) project_ = ReadParent(request->parent(), violations);
  // Of a project that it may not use, it takes no share.
  if (project_place_ == nullptr && !project_.empty() && access_.CheckProjectId(project_).ok()) {
    auto place = streams_->projects_.Take({project_});
    if (!place.ok()) {
      absl::MutexLock lock(&mutex_);
      if (!broken_) slots_.pop_back();
      EndWith(ToGrpc(place.status()));
      return;
    }
    project_place_ = *std::move(place);
  }
  std::vector<Acceptor::ValidEvent> events;
  if (error.ok()) {
    events.push_back(
        ReadEvent(request->has_event() ? &request->event() : nullptr, "event", trace_, violations));
    CheckRequestId(request->request_id(), violations);
    error = violations.ToStatus();
    if (const grpc::Status granted = access_.CheckProjectId(project_); !granted.ok()) error = granted;
  }
  {
    absl::MutexLock lock(&mutex_);
    if (broken_) return;
    Slot& slot = slots_[static_cast<size_t>(number - first_)];
    slot.sequence_number = request->sequence_number();
    slot.project = project_;
    if (!error.ok()) {
      slot.error = std::move(error);
      slot.ready = true;
      return;
    }
  }
  auto request_id = RequestIdOf(request->request_id(), "EmitEvent", events);
  acceptor_->Accept(project_, std::move(events), std::move(request_id),
                    [self = shared_from_this(), number](absl::StatusOr<std::vector<AcceptedEvent>> accepted) {
                      self->OnAccepted(number, std::move(accepted));
                    });
}

void EventStreams::Stream::OnAccepted(int64_t number, absl::StatusOr<std::vector<AcceptedEvent>> accepted) {
  grpc::Status error = ToGrpc(accepted.status());
  {
    absl::MutexLock lock(&mutex_);
    if (broken_) return;
    Slot& slot = slots_[static_cast<size_t>(number - first_)];
    slot.error = std::move(error);
    if (accepted.ok()) slot.accepted = accepted->front();
    slot.ready = true;
    if (std::exchange(answering_, true)) return;
  }
  // What one transaction stored goes out together: a write for each would be a packet for each.
  AnswerTogether(peer_, [self = shared_from_this()] { self->Answer(); });
}

void EventStreams::Stream::Answer() {
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    answering_ = false;
    step = Next();
  }
  Do(step);
}

void EventStreams::Stream::EndWith(grpc::Status end) {
  if (!open_) return;
  open_ = false;
  end_ = std::move(end);
}

EventStreams::Stream::Step EventStreams::Stream::Next() {
  Step step;
  if (finished_) return step;
  if (broken_) slots_.clear();
  if (!writing_ && (broken_ || (!open_ && slots_.empty()))) {
    finished_ = true;
    step.finish = true;
    step.end = broken_ ? grpc::Status::CANCELLED : end_;
    return step;
  }
  if (!writing_ && !answering_ && !slots_.empty() && slots_.front().ready) {
    written_ = std::move(slots_.front());
    slots_.pop_front();
    ++first_;
    writing_ = true;
    step.write = true;
    // The first answer takes the initial metadata along, which gRPC 1.51 does not send, nor call the write
    // done, if more is said to follow.
    step.write_more = answered_ && !slots_.empty() && slots_.front().ready;
    answered_ = true;
  }
  const size_t unanswered = slots_.size() + (writing_ ? 1 : 0);
  if (open_ && !broken_ && !reading_ && unanswered < limits::kMaxUnansweredPerStream) {
    reading_ = true;
    step.read = true;
  }
  return step;
}

void EventStreams::Stream::Do(const Step& step) {
  if (step.read) StartRead(&request_bytes_);
  if (step.write) {
    response_.set_sequence_number(written_.sequence_number);
    if (written_.error.ok()) {
      ToProto(written_.project, written_.accepted, *response_.mutable_accepted());
    } else {
      ToProto(written_.error, *response_.mutable_error());
    }
    bool own_buffer;
    response_bytes_.Clear();
    grpc::SerializationTraits<v1::StreamEventsResponse>::Serialize(response_, &response_bytes_, &own_buffer);
    grpc::WriteOptions options;
    if (step.write_more) options.set_buffer_hint();
    StartWrite(&response_bytes_, options);
  }
  if (step.finish) Finish(step.end);
}

EventStreams::Reactor* EventStreams::Start(const grpc::CallbackServerContext& context) {
  CallerAccess access;
  grpc::Status end = CallerAccess::Admit(callers_, context, Role::kEmit, access);
  Shares::Place place;
  if (end.ok()) {
    auto taken = places_.Take({access.Holder()});
    if (taken.ok()) {
      place = *std::move(taken);
    } else {
      end = ToGrpc(taken.status());
    }
  }
  auto stream = std::make_shared<Stream>(this, acceptor_, &context, std::move(access), context.peer(),
                                         CallerTrace(context), std::move(place));
  {
    absl::MutexLock lock(&mutex_);
    if (end.ok() && stopped_) end = Stopping();
    streams_.emplace(stream.get(), stream);
  }
  if (end.ok()) {
    stream->Begin();
  } else {
    stream->End(std::move(end));
  }
  return stream.get();
}

std::vector<std::shared_ptr<EventStreams::Stream>> EventStreams::All() {
  std::vector<std::shared_ptr<Stream>> streams;
  absl::MutexLock lock(&mutex_);
  for (const auto& [pointer, stream] : streams_) streams.push_back(stream);
  return streams;
}

void EventStreams::EndVoid() {
  for (const auto& stream : All()) stream->EndIfVoid();
}

void EventStreams::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  for (const auto& stream : All()) stream->End(Stopping());
}

}  // namespace hookd
