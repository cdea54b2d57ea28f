#include "rpc/watch_deliveries.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/ids.h"
#include "base/limits.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "hookd/v1/delivery_service.pb.h"
#include "rpc/common_fields.h"
#include "rpc/delivery_conversion.h"
#include "rpc/filter.h"
#include "rpc/message_encoding.h"
#include "rpc/status.h"
#include "rpc/unary_call.h"

namespace hookd {
namespace {

// What a request asks for. `after_key` is set if it asks for the past.
struct Wanted {
  OutcomeQuery query;
  std::optional<int64_t> after_key;
};

grpc::Status ReadRequest(const CallerAccess& access, const grpc::ByteBuffer& bytes, Wanted& wanted) {
  v1::WatchDeliveriesRequest request;
  const grpc::Status parsed = ParseRequest(bytes, request);
  if (!parsed.ok()) return parsed;
  const grpc::Status granted = CheckProject(access, request);
  if (!granted.ok()) return granted;
  FieldViolations violations;
  DeliveryQuery deliveries;
  deliveries.project = ReadParent(request.parent(), violations);
  ReadDeliveryFilter(request.filter(), deliveries, violations);
  if (request.has_start_time()) {
    const absl::Time start = ReadTime(request.start_time(), "start_time", violations);
    wanted.after_key = std::max<int64_t>(FirstKeyAt(start) - 1, 0);
  }
  wanted.query = {.project = std::move(deliveries.project),
                  .webhook_id = std::move(deliveries.webhook_id),
                  .event_key = deliveries.event_key,
                  .event_type = deliveries.event_type,
                  .state = deliveries.state,
                  .min_key = deliveries.min_key,
                  .max_key = deliveries.max_key,
                  .limit = limits::kWatchReadSize};
  return violations.ToStatus();
}

// One watch. gRPC calls its On*; store and feed call OnPage and OnWake, perhaps after the watch is done, and
// keep the object until then.
//
// What is to be done next is decided under the lock, and done without it. One write at most is under way at a
// time, and the call is not finished meanwhile: `written_` and `response_*` belong to who writes. The initial
// metadata counts as a write.
//
// No outcome is missed between past and present: the feed is subscribed to before the store is read, and what
// the subscription holds is dropped before a read alone, as far as that read comes by it. So when a read
// finds no more, every outcome was recorded before it began, and was read, or was published since, and is
// held. Nothing is dropped before the store has shown an outcome: a `start_time` to come has none that a read
// would find again.
//
// Where other processes record outcomes too, one can become visible after others of greater keys were read,
// for limits::kMaxCommitLag: of that time, the keys that were read are kept, and what is among them is not
// told again.
class Watch : public grpc::ServerWriteReactor<grpc::ByteBuffer>, public std::enable_shared_from_this<Watch> {
 public:
  Watch(Store* store, OutcomeFeed* feed, Shares* places, Clock* clock)
      : store_(store),
        feed_(feed),
        places_(places),
        clock_(clock),
        told_(clock->Steady()),
        overlap_(store->cluster() != nullptr ? limits::kMaxCommitLag : absl::ZeroDuration()) {}

  void Begin(std::shared_ptr<Watch> self, const Callers& callers, const grpc::CallbackServerContext& context,
             const grpc::ByteBuffer& request) ABSL_LOCKS_EXCLUDED(mutex_);

  void OnSendInitialMetadataDone(bool ok) override { OnWriteDone(ok); }
  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnCancel() override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnDone() override;

 private:
  struct Step {
    bool begin = false;
    bool write = false;       // `written_`
    bool write_more = false;  // another write follows at once
    std::optional<OutcomeQuery> read;
    bool finish = false;
    grpc::Status end;
  };

  void OnWake() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnPage(absl::StatusOr<OutcomePage> page) ABSL_LOCKS_EXCLUDED(mutex_);

  Step Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Tells an outcome, or a heartbeat.
  Step WriteStep(std::shared_ptr<const RecordedOutcome> outcome, bool more)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Step FinishStep(grpc::Status end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The next of the past; false if there is none left.
  bool NextOfPast(Step& step) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Up to where every outcome that there will ever be was read.
  int64_t Settled() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether a read told this outcome.
  bool WasRead(int64_t key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakePage(OutcomePage page) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Do(const Step& step) ABSL_LOCKS_EXCLUDED(mutex_);

  Store* const store_;
  OutcomeFeed* const feed_;
  Shares* const places_;
  Clock* const clock_;
  absl::Time told_ ABSL_GUARDED_BY(mutex_);  // when it was told something last
  const absl::Duration overlap_;
  std::shared_ptr<Watch> self_;  // until OnDone
  // Set by Begin, and not changed then.
  CallerAccess access_;
  OutcomeQuery query_;
  Shares::Place place_;
  std::shared_ptr<OutcomeFeed::Subscription> subscription_;

  std::shared_ptr<const RecordedOutcome> written_;  // null: a heartbeat
  v1::WatchDeliveriesResponse response_;
  grpc::ByteBuffer response_bytes_;

  absl::Mutex mutex_;
  bool starting_ ABSL_GUARDED_BY(mutex_) = false;  // the subscription is not ready yet
  bool writing_ ABSL_GUARDED_BY(mutex_) = true;
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;  // nobody is there to be told
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  // Of the past.
  bool in_past_ ABSL_GUARDED_BY(mutex_) = false;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool read_any_ ABSL_GUARDED_BY(mutex_) = false;  // there is an outcome since `start_time`
  absl::Status read_error_ ABSL_GUARDED_BY(mutex_);
  OutcomePage page_ ABSL_GUARDED_BY(mutex_);      // the last that was read
  size_t page_next_ ABSL_GUARDED_BY(mutex_) = 0;  // of its outcomes, the first not told yet
  int64_t start_key_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t cursor_ ABSL_GUARDED_BY(mutex_) =
      0;  // the next read is of what comes after; page_.last_key at most
  absl::btree_set<int64_t> read_ ABSL_GUARDED_BY(mutex_);  // keys above Settled() that reads gave
};

void Watch::Begin(std::shared_ptr<Watch> self, const Callers& callers,
                  const grpc::CallbackServerContext& context, const grpc::ByteBuffer& request) {
  self_ = std::move(self);
  Wanted wanted;
  grpc::Status read = CallerAccess::Admit(callers, context, Role::kRead, access_);
  if (read.ok()) read = CheckMessageEncoding(context);
  if (read.ok()) read = ReadRequest(access_, request, wanted);
  if (!read.ok()) return Finish(read);
  query_ = wanted.query;
  auto place = places_->Take({absl::StrCat("projects/", query_.project), access_.Holder()});
  if (!place.ok()) return Finish(ToGrpc(place.status()));
  place_ = *std::move(place);
  auto subscription = feed_->Subscribe(std::move(wanted.query), [weak = weak_from_this()] {
    if (const auto watch = weak.lock()) watch->OnWake();
  });
  if (!subscription.ok()) return Finish(ToGrpc(subscription.status()));
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    subscription_ = *std::move(subscription);
    if (wanted.after_key.has_value()) {
      in_past_ = true;
      start_key_ = *wanted.after_key;
      cursor_ = start_key_;
      page_ = {.last_key = start_key_, .more = true};
    }
    starting_ = true;
    step = Next();
  }
  Do(step);
}

void Watch::OnWriteDone(bool ok) {
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) broken_ = true;
    step = Next();
  }
  Do(step);
}

void Watch::OnCancel() {
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    broken_ = true;
    step = Next();
  }
  Do(step);
}

void Watch::OnWake() {
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    step = Next();
  }
  Do(step);
}

void Watch::OnPage(absl::StatusOr<OutcomePage> page) {
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    reading_ = false;
    if (page.ok()) {
      TakePage(*std::move(page));
    } else {
      read_error_ = page.status();
    }
    step = Next();
  }
  Do(step);
}

void Watch::OnDone() {
  const std::shared_ptr<Watch> self = std::move(self_);  // goes last
}

Watch::Step Watch::Next() {
  Step step;
  if (finished_ || (writing_ && !starting_)) return step;
  if (broken_) return FinishStep(grpc::Status::CANCELLED);
  if (!read_error_.ok()) return FinishStep(ToGrpc(read_error_));
  if (subscription_->closed()) {
    return FinishStep(ToGrpc(
        absl::UnavailableError("the server is stopping: watch again from the last outcome_time you saw")));
  }
  if (const grpc::Status valid = access_.CheckStillValid(); !valid.ok()) return FinishStep(valid);
  if (starting_) {
    starting_ = !subscription_->ready();
    // Sent at once, the initial metadata tells the caller that from now on nothing is missed.
    step.begin = !starting_;
    return step;
  }
  if (in_past_ && NextOfPast(step)) return step;
  while (true) {
    OutcomeFeed::Subscription::Taken taken = subscription_->Take();
    if (taken.outcome == nullptr) break;
    if (WasRead(taken.outcome->key)) continue;
    return WriteStep(std::move(taken.outcome), taken.more);
  }
  if (!subscription_->overrun()) {
    return clock_->Steady() - told_ < limits::kWatchHeartbeat ? step : WriteStep(nullptr, false);
  }
  return FinishStep(ToGrpc(absl::ResourceExhaustedError(
      absl::StrCat("this watch was ", limits::kMaxWatcherLag,
                   " outcomes behind: go on from the last outcome_time you saw"))));
}

Watch::Step Watch::WriteStep(std::shared_ptr<const RecordedOutcome> outcome, bool more) {
  writing_ = true;
  written_ = std::move(outcome);
  told_ = clock_->Steady();
  Step step;
  step.write = true;
  step.write_more = more;
  return step;
}

Watch::Step Watch::FinishStep(grpc::Status end) {
  finished_ = true;
  Step step;
  step.finish = true;
  step.end = std::move(end);
  return step;
}

bool Watch::NextOfPast(Step& step) {
  if (page_next_ < page_.outcomes.size()) {
    auto outcome = std::make_shared<const RecordedOutcome>(std::move(page_.outcomes[page_next_++]));
    step = WriteStep(std::move(outcome), page_next_ < page_.outcomes.size());
    return true;
  }
  if (reading_) return true;
  // What the subscription had no room for is in the store. Not so if `start_time` is still to come, and the
  // store has nothing since: that watch is of the present, and overrun like one.
  if (page_.more || (read_any_ && subscription_->overrun())) {
    reading_ = true;
    // What it had no room for may be of keys that were passed already.
    if (read_any_ && subscription_->DropAbove(cursor_)) cursor_ = std::max(Settled(), start_key_);
    step.read = query_;
    step.read->after_key = cursor_;
    return true;
  }
  in_past_ = false;
  return false;
}

int64_t Watch::Settled() const {
  if (overlap_ == absl::ZeroDuration()) return page_.last_key;
  return FirstKeyAt(TimeOfKey(page_.last_key) - overlap_);
}

bool Watch::WasRead(int64_t key) const {
  if (!read_any_ || key > page_.last_key) return false;
  return key <= std::max(Settled(), start_key_) || read_.contains(key);
}

void Watch::TakePage(OutcomePage page) {
  if (page.last_key > page_.last_key) read_any_ = true;
  cursor_ = page.last_key;
  page.last_key = std::max(page.last_key, page_.last_key);
  std::erase_if(page.outcomes, [this](const RecordedOutcome& outcome)
                                   ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return WasRead(outcome.key); });
  page_ = std::move(page);
  page_next_ = 0;
  if (overlap_ == absl::ZeroDuration()) return;
  for (const RecordedOutcome& outcome : page_.outcomes) read_.insert(outcome.key);
  read_.erase(read_.begin(), read_.upper_bound(Settled()));
}

void Watch::Do(const Step& step) {
  if (step.begin) StartSendInitialMetadata();
  if (step.write) {
    response_.Clear();
    if (written_ != nullptr) {
      ToProto(query_.project, written_->delivery, *response_.mutable_delivery());
      ToProto(TimeOfKey(written_->key), *response_.mutable_outcome_time());
    }
    bool own_buffer;
    response_bytes_.Clear();
    grpc::SerializationTraits<v1::WatchDeliveriesResponse>::Serialize(response_, &response_bytes_,
                                                                      &own_buffer);
    grpc::WriteOptions options;
    if (step.write_more) options.set_buffer_hint();
    StartWrite(&response_bytes_, options);
  }
  if (step.read.has_value()) {
    store_->ReadOutcomes(*step.read, [self = shared_from_this()](absl::StatusOr<OutcomePage> page) {
      self->OnPage(std::move(page));
    });
  }
  if (step.finish) {
    feed_->Unsubscribe(subscription_);
    place_.reset();
    Finish(step.end);
  }
}

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchDeliveries(const Callers& callers,
                                                            const grpc::CallbackServerContext& context,
                                                            const grpc::ByteBuffer& request, Store* store,
                                                            OutcomeFeed* feed, Shares* places, Clock* clock) {
  auto watch = std::make_shared<Watch>(store, feed, places, clock);
  watch->Begin(watch, callers, context, request);
  return watch.get();
}

}  // namespace hookd
