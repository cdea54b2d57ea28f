#include "api/delivery_watch.h"

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
#include "api/common_fields.h"
#include "api/delivery_conversion.h"
#include "api/filter.h"
#include "api/status.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/tuning.h"
#include "hookd/v1/delivery_service.pb.h"

namespace hookd {
namespace {

// What a request asks for. `after_key` is set if it asks for the past.
struct Wanted {
  OutcomeQuery query;
  std::optional<int64_t> after_key;
};

absl::Status ReadRequest(const v1::WatchDeliveriesRequest& request, Wanted& wanted) {
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
                  .limit = tuning::kWatchReadSize};
  return violations.ToStatus();
}

// One watch. The transport calls its On*; store and feed call OnPage and OnWake, perhaps after the watch has
// ended, and keep the object until then.
//
// The next step is decided under the lock and done without it. One send at most is in progress at a time, and
// the stream does not end meanwhile: `sent_` and `response_` belong to the send. The start counts as a send.
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
class Watch : public ResponseStream, public std::enable_shared_from_this<Watch> {
 public:
  Watch(const CallerAccess& access, Wanted wanted, const DeliveryWatch::Parts& parts, Shares::Place place,
        ResponseSink* sink)
      : store_(parts.store),
        feed_(parts.feed),
        clock_(parts.clock),
        sink_(sink),
        sent_time_(parts.clock->Steady()),
        overlap_(parts.store->cluster() != nullptr ? limits::kMaxCommitLag : absl::ZeroDuration()),
        access_(access),
        query_(std::move(wanted.query)),
        place_(std::move(place)) {
    if (!wanted.after_key.has_value()) return;
    in_past_ = true;
    start_key_ = *wanted.after_key;
    cursor_ = start_key_;
    page_ = {.last_key = start_key_, .more = true};
  }

  // Takes its place among the feed's subscribers. RESOURCE_EXHAUSTED if there are too many.
  absl::Status Subscribe() ABSL_LOCKS_EXCLUDED(mutex_);

  void Start() override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnSent(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnCancelled() override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Step {
    bool begin = false;
    bool send = false;       // `sent_`
    bool send_more = false;  // another send follows at once
    std::optional<OutcomeQuery> read;
    bool finish = false;
    absl::Status end;
  };

  void OnWake() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnPage(absl::StatusOr<OutcomePage> page) ABSL_LOCKS_EXCLUDED(mutex_);

  Step Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Sends an outcome, or a heartbeat.
  Step SendStep(std::shared_ptr<const RecordedOutcome> outcome, bool more)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Step FinishStep(absl::Status end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
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
  Clock* const clock_;
  ResponseSink* const sink_;
  absl::Time sent_time_ ABSL_GUARDED_BY(mutex_);  // when something was sent last
  const absl::Duration overlap_;
  const CallerAccess access_;
  const OutcomeQuery query_;
  Shares::Place place_;
  std::shared_ptr<OutcomeFeed::Subscription> subscription_;  // set by Subscribe

  std::shared_ptr<const RecordedOutcome> sent_;  // null: a heartbeat
  v1::WatchDeliveriesResponse response_;

  absl::Mutex mutex_;
  bool started_ ABSL_GUARDED_BY(mutex_) = false;  // the transport has called Start
  bool starting_ ABSL_GUARDED_BY(mutex_) = true;  // the subscription is not ready yet
  bool sending_ ABSL_GUARDED_BY(mutex_) = true;   // the start counts as a send
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;   // the caller is gone
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

absl::Status Watch::Subscribe() {
  auto subscription = feed_->Subscribe(query_, [weak = weak_from_this()] {
    if (const auto watch = weak.lock()) watch->OnWake();
  });
  if (!subscription.ok()) return subscription.status();
  absl::MutexLock lock(&mutex_);
  subscription_ = *std::move(subscription);
  return absl::OkStatus();
}

void Watch::Start() {
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    started_ = true;
    step = Next();
  }
  Do(step);
}

void Watch::OnSent(bool ok) {
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    sending_ = false;
    if (!ok) broken_ = true;
    step = Next();
  }
  Do(step);
}

void Watch::OnCancelled() {
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

Watch::Step Watch::Next() {
  Step step;
  if (!started_ || finished_ || (sending_ && !starting_)) return step;
  if (broken_) return FinishStep(absl::CancelledError());
  if (!read_error_.ok()) return FinishStep(read_error_);
  if (subscription_->closed()) {
    return FinishStep(
        absl::UnavailableError("the server is stopping: watch again from the last outcome_time you saw"));
  }
  if (absl::Status valid = access_.CheckStillValid(); !valid.ok()) return FinishStep(std::move(valid));
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
    return SendStep(std::move(taken.outcome), taken.more);
  }
  if (!subscription_->overrun()) {
    return clock_->Steady() - sent_time_ < limits::kWatchHeartbeat ? step : SendStep(nullptr, false);
  }
  return FinishStep(absl::ResourceExhaustedError(
      absl::StrCat("this watch was ", limits::kMaxWatcherLag,
                   " outcomes behind: go on from the last outcome_time you saw")));
}

Watch::Step Watch::SendStep(std::shared_ptr<const RecordedOutcome> outcome, bool more) {
  sending_ = true;
  sent_ = std::move(outcome);
  sent_time_ = clock_->Steady();
  Step step;
  step.send = true;
  step.send_more = more;
  return step;
}

Watch::Step Watch::FinishStep(absl::Status end) {
  finished_ = true;
  Step step;
  step.finish = true;
  step.end = std::move(end);
  return step;
}

bool Watch::NextOfPast(Step& step) {
  if (page_next_ < page_.outcomes.size()) {
    auto outcome = std::make_shared<const RecordedOutcome>(std::move(page_.outcomes[page_next_++]));
    step = SendStep(std::move(outcome), page_next_ < page_.outcomes.size());
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
  if (step.begin) sink_->SendStart();
  if (step.send) {
    response_.Clear();
    if (sent_ != nullptr) {
      ToProto(query_.project, sent_->delivery, *response_.mutable_delivery());
      ToProto(TimeOfKey(sent_->key), *response_.mutable_outcome_time());
    }
    sink_->Send(response_, step.send_more);
  }
  if (step.read.has_value()) {
    store_->ReadOutcomes(*step.read, [self = shared_from_this()](absl::StatusOr<OutcomePage> page) {
      self->OnPage(std::move(page));
    });
  }
  if (step.finish) {
    feed_->Unsubscribe(subscription_);
    place_.reset();
    sink_->Finish(WithDetails(step.end));
  }
}

}  // namespace

absl::StatusOr<std::shared_ptr<ResponseStream>> DeliveryWatch::Create(
    const CallerAccess& access, const v1::WatchDeliveriesRequest& request, const Parts& parts,
    ResponseSink* sink) {
  Wanted wanted;
  if (absl::Status read = ReadRequest(request, wanted); !read.ok()) return read;
  auto place = parts.places->Take({absl::StrCat("projects/", wanted.query.project), access.Holder()});
  if (!place.ok()) return place.status();
  auto watch = std::make_shared<Watch>(access, std::move(wanted), parts, *std::move(place), sink);
  if (absl::Status subscribed = watch->Subscribe(); !subscribed.ok()) return subscribed;
  return watch;
}

}  // namespace hookd
