#include "api/handlers/delivery_watch.h"

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
#include "api/conversion/common_fields.h"
#include "api/conversion/delivery_conversion.h"
#include "api/conversion/delivery_filter.h"
#include "api/conversion/resource_names.h"
#include "api/status.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/tuning.h"
#include "hookd/v1/delivery_service.pb.h"

namespace hookd {
namespace {

// The selection of a request. `after_key` is set if the request has a start time.
struct WatchSelection {
  OutcomeQuery query;
  std::optional<int64_t> after_key;
};

absl::StatusOr<WatchSelection> ReadRequest(const v1::WatchDeliveriesRequest& request) {
  WatchSelection selection;
  FieldViolations violations;
  std::string project = ReadParent(request.parent(), violations);
  DeliveryFilter filter = ReadDeliveryFilter(request.filter(), project, violations);
  if (request.has_start_time()) {
    const absl::Time start = ReadTime(request.start_time(), "start_time", violations);
    selection.after_key = std::max<int64_t>(FirstKeyAt(start) - 1, 0);
  }
  selection.query = {
      .project = std::move(project), .filter = std::move(filter), .limit = tuning::kWatchReadSize};
  HOOKD_RETURN_IF_ERROR(violations.ToStatus());
  return selection;
}

// One watch. The transport calls Start, OnSent and OnCancelled. The store and the feed call OnPage and
// OnWake, possibly after the watch has ended, and keep the object alive until then.
//
// States: starting (until the subscription is ready), then reading the past from the store (`in_past_`), then
// following the present from the feed, then finished. Next decides on the next step under the lock; Do
// performs the step without the lock. At most one send is in progress, and the stream does not end during a
// send: `sent_` and `response_` belong to the send. SendStart counts as a send.
//
// No outcome is missed between the past and the present. The watch subscribes to the feed before it reads the
// store. It drops outcomes that the subscription holds only before a read, and only those that the read will
// return. So when a read finds no more, every outcome was either recorded before the read began, and was
// read, or was published since, and is held by the subscription. Nothing is dropped before the store has
// returned an outcome, because with a `start_time` in the future no read would return the dropped outcomes
// again.
//
// The feed has the outcomes of every project that has had the id. The watch sends those of the project that
// has it now, and of later ones: it reads the project when it begins, and again when the feed has an outcome
// of a later project than it knows. From then on outcomes of earlier projects, which are deleted, are
// dropped.
//
// If other processes record outcomes too, an outcome can become visible after outcomes with greater keys were
// read, for up to limits::kMaxCommitLag. The watch keeps the keys that it read within that time, and does not
// report their outcomes again.
class Watch : public ResponseStream, public std::enable_shared_from_this<Watch> {
 public:
  Watch(const CallerAccess& access, WatchSelection selection, const DeliveryWatch::Parts& parts,
        Shares::Place place, ResponseSink* sink)
      : store_(parts.store),
        feed_(parts.feed),
        clock_(parts.clock),
        sink_(sink),
        sent_time_(parts.clock->Steady()),
        overlap_(parts.store->cluster() != nullptr ? limits::kMaxCommitLag : absl::ZeroDuration()),
        access_(access),
        query_(std::move(selection.query)),
        place_(std::move(place)) {
    if (!selection.after_key.has_value()) return;
    in_past_ = true;
    start_key_ = *selection.after_key;
    cursor_ = start_key_;
    page_ = {.last_key = start_key_, .more = true};
  }

  // Subscribes to the feed. Returns RESOURCE_EXHAUSTED if the feed has too many subscribers.
  absl::Status Subscribe() ABSL_LOCKS_EXCLUDED(mutex_);

  void Start() override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnSent(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnCancelled() override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Step {
    bool begin = false;
    bool send = false;       // `sent_`
    bool send_more = false;  // another send follows immediately
    std::optional<OutcomeQuery> read;
    bool read_project = false;
    bool finish = false;
    absl::Status end;
  };

  void OnWake() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnPage(absl::StatusOr<OutcomePage> page) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnProject(const absl::StatusOr<Project>& project) ABSL_LOCKS_EXCLUDED(mutex_);

  Step Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The step that sends an outcome or, if it is null, a heartbeat.
  Step SendStep(std::shared_ptr<const RecordedOutcome> outcome, bool more)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Step FinishStep(absl::Status end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Sets the next step of the past. Returns false if the past has been read and sent completely.
  bool NextOfPast(Step& step) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Sets the next step of the present. Returns false if there is no outcome to send.
  bool NextOfPresent(Step& step) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The key up to which every outcome has been read and no further outcome can become visible.
  int64_t Settled() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether a read returned this outcome.
  bool WasRead(int64_t key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakePage(OutcomePage page) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
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

  Store* const store_;
  OutcomeFeed* const feed_;
  Clock* const clock_;
  ResponseSink* const sink_;
  absl::Time sent_time_ ABSL_GUARDED_BY(mutex_);  // time of the last send
  const absl::Duration overlap_;
  const CallerAccess access_;
  const OutcomeQuery query_;
  Shares::Place place_;
  std::shared_ptr<OutcomeFeed::Subscription> subscription_;  // set by Subscribe

  std::shared_ptr<const RecordedOutcome> sent_;  // null for a heartbeat
  v1::WatchDeliveriesResponse response_;

  absl::Mutex mutex_;
  bool started_ ABSL_GUARDED_BY(mutex_) = false;  // the transport has called Start
  bool starting_ ABSL_GUARDED_BY(mutex_) = true;  // the subscription is not ready yet
  bool sending_ ABSL_GUARDED_BY(mutex_) = true;   // SendStart counts as a send
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;   // the caller is gone
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  // The present.
  int64_t project_key_ ABSL_GUARDED_BY(mutex_) = 0;  // outcomes of projects with lower keys are dropped
  bool reading_project_ ABSL_GUARDED_BY(mutex_) = false;
  OutcomeFeed::Subscription::Taken later_ ABSL_GUARDED_BY(mutex_);  // of a later project, which is being read
  // The past.
  bool in_past_ ABSL_GUARDED_BY(mutex_) = false;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool read_any_ ABSL_GUARDED_BY(mutex_) = false;  // the store has returned an outcome since `start_time`
  absl::Status read_error_ ABSL_GUARDED_BY(mutex_);
  OutcomePage page_ ABSL_GUARDED_BY(mutex_);      // the last page read
  size_t page_next_ ABSL_GUARDED_BY(mutex_) = 0;  // index in it of the first outcome not sent yet
  int64_t start_key_ ABSL_GUARDED_BY(mutex_) = 0;
  // The next read returns outcomes after this key, which is page_.last_key at most.
  int64_t cursor_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::btree_set<int64_t> read_ ABSL_GUARDED_BY(mutex_);  // keys above Settled() that were read
};

absl::Status Watch::Subscribe() {
  auto subscription = feed_->Subscribe(query_, [weak = weak_from_this()] {
    if (const auto watch = weak.lock()) watch->OnWake();
  });
  absl::MutexLock lock(&mutex_);
  HOOKD_ASSIGN_OR_RETURN(subscription_, std::move(subscription));
  return absl::OkStatus();
}

void Watch::Start() {
  Proceed([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { started_ = true; });
}

void Watch::OnSent(bool ok) {
  Proceed([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    sending_ = false;
    if (!ok) broken_ = true;
  });
}

void Watch::OnCancelled() {
  Proceed([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { broken_ = true; });
}

void Watch::OnWake() {
  Proceed([] {});
}

void Watch::OnPage(absl::StatusOr<OutcomePage> page) {
  Proceed([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    reading_ = false;
    if (page.ok()) {
      TakePage(*std::move(page));
    } else {
      read_error_ = page.status();
    }
  });
}

void Watch::OnProject(const absl::StatusOr<Project>& project) {
  Proceed([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    reading_project_ = false;
    const int64_t later = later_.outcome == nullptr ? 0 : later_.outcome->project_key;
    if (project.ok()) {
      project_key_ = std::max(project->key, later);
    } else if (absl::IsNotFound(project.status())) {
      // The later project is deleted too. One that begins after it has a greater key.
      if (later != 0) project_key_ = later + 1;
    } else if (later != 0) {
      read_error_ = project.status();
    }
  });
}

Watch::Step Watch::Next() {
  Step step;
  if (!started_ || finished_ || (sending_ && !starting_)) return step;
  if (broken_) return FinishStep(absl::CancelledError());
  if (!read_error_.ok()) return FinishStep(read_error_);
  if (subscription_->closed()) {
    return FinishStep(absl::UnavailableError(
        "the server is shutting down: watch again from the last outcome_time you received"));
  }
  if (absl::Status valid = access_.CheckStillValid(); !valid.ok()) return FinishStep(std::move(valid));
  if (starting_) {
    starting_ = !subscription_->ready();
    // The initial metadata, sent immediately, tells the caller that no outcome is missed from now on.
    step.begin = step.read_project = reading_project_ = !starting_;
    return step;
  }
  if (in_past_ && NextOfPast(step)) return step;
  if (NextOfPresent(step)) return step;
  if (!subscription_->overrun()) {
    return clock_->Steady() - sent_time_ < limits::kWatchHeartbeat ? step : SendStep(nullptr, false);
  }
  return FinishStep(absl::ResourceExhaustedError(
      absl::StrCat("this watch fell ", limits::kMaxWatcherLag,
                   " outcomes behind: watch again from the last outcome_time you received")));
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
  // Outcomes that the subscription had no room for are in the store. The exception is a `start_time` in the
  // future, since when the store has no outcome: that watch follows the present and ends when it is overrun.
  if (page_.more || (read_any_ && subscription_->overrun())) {
    reading_ = true;
    // Outcomes that the subscription had no room for may have keys below the cursor.
    if (read_any_ && subscription_->DropAbove(cursor_)) cursor_ = std::max(Settled(), start_key_);
    step.read = query_;
    step.read->after_key = cursor_;
    return true;
  }
  in_past_ = false;
  return false;
}

bool Watch::NextOfPresent(Step& step) {
  if (reading_project_) return true;
  while (true) {
    OutcomeFeed::Subscription::Taken taken = std::exchange(later_, {});
    if (taken.outcome == nullptr) taken = subscription_->Take();
    if (taken.outcome == nullptr) return false;
    // 0 if it is not known: the store had it by the project's id.
    const int64_t project_key = taken.outcome->project_key;
    if (WasRead(taken.outcome->key) || (project_key != 0 && project_key < project_key_)) continue;
    if (project_key > project_key_) {
      later_ = std::move(taken);
      step.read_project = reading_project_ = true;
    } else {
      step = SendStep(std::move(taken.outcome), taken.more);
    }
    return true;
  }
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
  if (step.read_project) {
    store_->GetProject(query_.project, [self = shared_from_this()](const absl::StatusOr<Project>& project) {
      self->OnProject(project);
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
  HOOKD_ASSIGN_OR_RETURN(WatchSelection selection, ReadRequest(request));
  HOOKD_ASSIGN_OR_RETURN(auto place,
                         parts.places->Take({ProjectName(selection.query.project), access.Holder()}));
  auto watch = std::make_shared<Watch>(access, std::move(selection), parts, std::move(place), sink);
  HOOKD_RETURN_IF_ERROR(watch->Subscribe());
  return watch;
}

}  // namespace hookd
