#include "api/handlers/event_watch.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "api/conversion/common_fields.h"
#include "api/conversion/event_content.h"
#include "api/conversion/event_conversion.h"
#include "api/conversion/event_cursor.h"
#include "api/conversion/filter_fields.h"
#include "api/conversion/resource_names.h"
#include "api/status.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/tuning.h"
#include "store/search/content.h"

namespace hookd {
namespace {

// What a request asks for.
struct WatchSelection {
  std::string project;
  EventLogQuery query;              // without `after_key`
  std::vector<ContentKey> content;  // see ListEventsRequest.filter
  std::optional<EventCursor> from;  // none: from the end of the log
  bool resumed = false;             // `from` is the request's cursor
  v1::EventView view = v1::EVENT_VIEW_BASIC;
  bool until_now = false;
};

void ReadWatchFilter(const std::string& filter, WatchSelection& selection, FieldViolations& violations) {
  std::vector<int> types;
  std::vector<FilterField> fields = {EventTypeField(&types),
                                     WebhookNameField(selection.project, &selection.query.webhook_ids)};
  AddContentFields(fields, &selection.content);
  ReadFilter(filter, fields, violations);
  if (types.empty()) return;
  selection.query.event_types.emplace();
  for (const int type : types) selection.query.event_types->set(static_cast<size_t>(type));
}

absl::StatusOr<WatchSelection> ReadRequest(const v1::WatchEventsRequest& request) {
  WatchSelection selection;
  FieldViolations violations;
  selection.project = ReadParent(request.parent(), violations);
  selection.query.project = selection.project;
  selection.query.limit = tuning::kEventWatchReadSize;
  selection.query.max_bytes = tuning::kEventWatchReadBytes;
  ReadWatchFilter(request.filter(), selection, violations);
  if (request.has_start_time()) {
    const absl::Time start = ReadTime(request.start_time(), "start_time", violations);
    if (!request.cursor().empty()) violations.Add("start_time", "must not be set together with cursor");
    selection.from = {.key = std::max<int64_t>(FirstKeyAt(start) - 1, 0), .time = start};
  }
  if (!request.cursor().empty()) {
    selection.from = ReadEventCursor(selection.project, request.cursor());
    selection.resumed = true;
    if (!selection.from.has_value()) {
      violations.Add("cursor", "is not a cursor of WatchEvents in this project");
    }
  }
  if (!v1::EventView_IsValid(request.view())) violations.Add("view", "is not a view");
  selection.view = request.view();
  selection.until_now = request.until_now();
  HOOKD_RETURN_IF_ERROR(violations.ToStatus());
  return selection;
}

absl::Status OutOfRange(absl::Duration retention) {
  return absl::OutOfRangeError(
      absl::StrCat("events after this place may have been deleted, as hookd keeps events for ",
                   absl::FormatDuration(retention), ": watch without the cursor, or from a start_time"));
}

// One watch. The transport calls Start, OnSent and OnCancelled. The store and the feed call OnPage and
// OnWake, possibly after the watch has ended, and keep the object alive until then.
//
// States: placing (reading where the log ends, unless the request says where to begin), then reading pages of
// the log and sending their events in turns, until a page is the last one; then waiting for the feed; then
// finished. Next decides on the next step under the lock; Do performs the step without the lock. At most one
// send is in progress, and the stream does not end during a send: `response_` belongs to the send. SendStart
// counts as a send.
//
// No event is missed: the feed wakes the watch after events were accepted, and a wake during a read causes
// another read.
class Watch : public ResponseStream, public std::enable_shared_from_this<Watch> {
 public:
  Watch(const CallerAccess& access, WatchSelection selection, const EventWatch::Parts& parts,
        Shares::Place place, ResponseSink* sink)
      : parts_(parts),
        sink_(sink),
        access_(access),
        selection_(std::move(selection)),
        horizon_at_start_(parts.clock->Now() - parts.retention),
        place_(std::move(place)),
        sent_time_(parts.clock->Steady()),
        in_range_(selection_.resumed) {
    if (selection_.from.has_value()) at_ = *selection_.from;
    placed_ = selection_.from.has_value();
  }

  // UNAVAILABLE if the server is stopping.
  absl::Status Subscribe() ABSL_LOCKS_EXCLUDED(mutex_);

  void Start() override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnSent(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnCancelled() override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Step {
    bool begin = false;
    bool send = false;                                   // `sent_`, or a heartbeat if that is empty
    bool send_more = false;                              // another send follows immediately
    bool read = false;                                   // `query_`
    std::shared_ptr<EventFeed::Subscription> wake_soon;  // null: not needed
    bool finish = false;
    absl::Status end;
  };

  void OnWake() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnPage(absl::StatusOr<EventLogPage> page) ABSL_LOCKS_EXCLUDED(mutex_);

  Step Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The step when every event that was read has been sent.
  Step NextAfterPage() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Step ReadStep() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Step SendStep(std::optional<Event> event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Step FinishStep(absl::Status end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakePage(EventLogPage page) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether events after `at_` may have been deleted before they were read.
  bool IsOutOfRange() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Do(const Step& step) ABSL_LOCKS_EXCLUDED(mutex_);
  // Fills `response_` from `sent_`. DATA_LOSS if the stored event is corrupt.
  absl::Status FillResponse();

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

  const EventWatch::Parts parts_;
  ResponseSink* const sink_;
  const CallerAccess access_;
  const WatchSelection selection_;
  const absl::Time horizon_at_start_;
  Shares::Place place_;
  std::shared_ptr<EventFeed::Subscription> subscription_;  // set by Subscribe

  // Of the send in progress.
  std::optional<Event> sent_;
  EventCursor sent_cursor_;
  v1::WatchEventsResponse response_;
  EventLogQuery query_;  // of the read in progress

  absl::Mutex mutex_;
  bool started_ ABSL_GUARDED_BY(mutex_) = false;  // the transport has called Start
  bool placed_ ABSL_GUARDED_BY(mutex_) = false;   // `at_` is known
  bool begun_ ABSL_GUARDED_BY(mutex_) = false;    // the initial metadata was sent
  bool sending_ ABSL_GUARDED_BY(mutex_) = false;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;  // the caller is gone
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  bool woken_ ABSL_GUARDED_BY(mutex_) = true;       // there may be events to read
  bool behind_ ABSL_GUARDED_BY(mutex_) = false;     // the log goes on after the last page
  bool unsettled_ ABSL_GUARDED_BY(mutex_) = false;  // there are events that could not be read yet
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;   // the last page has all that was accepted before its read
  absl::Time sent_time_ ABSL_GUARDED_BY(mutex_);    // of the last send
  absl::Time read_time_ ABSL_GUARDED_BY(mutex_);    // of the last read's begin
  EventCursor at_ ABSL_GUARDED_BY(mutex_);          // the place after the last page, once it is sent
  std::optional<int64_t> until_key_ ABSL_GUARDED_BY(mutex_);  // with until_now: the last event to send
  int64_t told_key_ ABSL_GUARDED_BY(mutex_) = -1;             // of the last cursor that was sent
  std::vector<LoggedEvent> page_ ABSL_GUARDED_BY(mutex_);     // what matches of the last page
  size_t page_next_ ABSL_GUARDED_BY(mutex_) = 0;              // index in it of the first event not sent yet
  bool in_range_ ABSL_GUARDED_BY(mutex_);                     // no event after `at_` has been deleted yet
};

absl::Status Watch::Subscribe() {
  HOOKD_ASSIGN_OR_RETURN(subscription_, parts_.feed->Subscribe(selection_.project, [weak = weak_from_this()] {
    if (const auto watch = weak.lock()) watch->OnWake();
  }));
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
  Proceed([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { woken_ = true; });
}

void Watch::OnPage(absl::StatusOr<EventLogPage> page) {
  Proceed([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    reading_ = false;
    if (page.ok()) {
      TakePage(*std::move(page));
    } else {
      error_ = page.status();
    }
  });
}

Watch::Step Watch::Next() {
  if (!started_ || finished_ || sending_) return {};
  if (broken_) return FinishStep(absl::CancelledError());
  if (!error_.ok()) return FinishStep(error_);
  if (subscription_->closed()) {
    return FinishStep(
        absl::UnavailableError("the server is shutting down: watch again from the last cursor you received"));
  }
  if (absl::Status valid = access_.CheckStillValid(); !valid.ok()) return FinishStep(std::move(valid));
  if (!placed_) return reading_ ? Step() : ReadStep();
  if (!begun_) {
    // The initial metadata, sent immediately, tells the caller that no event is missed from now on.
    begun_ = sending_ = true;
    Step step;
    step.begin = true;
    return step;
  }
  // The caller can resume from there even if no event follows.
  if (told_key_ < 0 && !selection_.from.has_value()) return SendStep(std::nullopt);
  if (page_next_ < page_.size()) return SendStep(std::move(page_[page_next_++].event));
  return NextAfterPage();
}

Watch::Step Watch::NextAfterPage() {
  if (reading_) return {};
  const bool all_sent = until_key_.has_value() && (complete_ || at_.key >= *until_key_);
  if (all_sent) return told_key_ < at_.key ? SendStep(std::nullopt) : FinishStep(absl::OkStatus());
  if (IsOutOfRange()) return FinishStep(OutOfRange(parts_.retention));
  const bool heartbeat_due = parts_.clock->Steady() - sent_time_ >= limits::kWatchHeartbeat;
  // Between the reads too, or a long part of the log in which nothing matches would look like a dead server.
  if (heartbeat_due && behind_) return SendStep(std::nullopt);
  if (woken_) return ReadStep();
  if (heartbeat_due) return SendStep(std::nullopt);
  Step step;
  if (std::exchange(unsettled_, false)) step.wake_soon = subscription_;
  return step;
}

Watch::Step Watch::ReadStep() {
  reading_ = true;
  woken_ = false;
  read_time_ = parts_.clock->Now();
  query_ = selection_.query;
  query_.after_key = at_.key;
  query_.from_end = !placed_;
  Step step;
  step.read = true;
  return step;
}

Watch::Step Watch::SendStep(std::optional<Event> event) {
  sending_ = true;
  sent_time_ = parts_.clock->Steady();
  sent_cursor_ = event.has_value() ? EventCursor{.key = event->key, .time = TimeOfKey(event->key)} : at_;
  told_key_ = sent_cursor_.key;
  sent_ = std::move(event);
  Step step;
  step.send = true;
  step.send_more = page_next_ < page_.size();
  return step;
}

Watch::Step Watch::FinishStep(absl::Status end) {
  finished_ = true;
  Step step;
  step.finish = true;
  step.end = std::move(end);
  return step;
}

void Watch::TakePage(EventLogPage page) {
  placed_ = true;
  complete_ = !page.more && page.newest_key <= page.last_key;
  unsettled_ = !page.more && !complete_;
  behind_ = page.more;
  woken_ |= behind_;
  at_ = {.key = page.last_key, .time = std::max(at_.time, TimeOfKey(page.last_key))};
  // Events that other processes are storing may have keys that are that much older.
  if (complete_) at_.time = std::max(at_.time, read_time_ - limits::kMaxCommitLag);
  if (selection_.until_now && !until_key_.has_value()) until_key_ = page.newest_key;
  page_ = std::move(page.events);
  page_next_ = 0;
  if (selection_.content.empty()) return;
  std::erase_if(page_, [this](const LoggedEvent& logged) {
    return !search::HasContent(ReadEventContent, logged.event.event, selection_.content);
  });
}

bool Watch::IsOutOfRange() {
  // A watch that begins with the oldest events may see them being deleted: it is in range once it is past
  // those.
  in_range_ |= at_.time >= horizon_at_start_ + limits::kMaxCommitLag;
  return in_range_ && at_.time < parts_.clock->Now() - parts_.retention;
}

absl::Status Watch::FillResponse() {
  response_.Clear();
  response_.set_cursor(MakeEventCursor(selection_.project, sent_cursor_));
  if (!sent_.has_value()) return absl::OkStatus();
  return ToProto(selection_.project, *sent_, selection_.view, *response_.mutable_event());
}

void Watch::Do(const Step& step) {
  if (step.begin) sink_->SendStart();
  if (step.send) {
    if (const absl::Status filled = FillResponse(); !filled.ok()) {
      return Proceed([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        sending_ = false;
        error_ = filled;
      });
    }
    sink_->Send(response_, step.send_more);
  }
  if (step.read) {
    parts_.store->ReadEventLog(query_, [self = shared_from_this()](absl::StatusOr<EventLogPage> page) {
      self->OnPage(std::move(page));
    });
  }
  if (step.wake_soon != nullptr) step.wake_soon->WakeSoon();
  if (step.finish) {
    subscription_.reset();
    place_.reset();
    sink_->Finish(WithDetails(step.end));
  }
}

}  // namespace

absl::StatusOr<std::shared_ptr<ResponseStream>> EventWatch::Create(const CallerAccess& access,
                                                                   const v1::WatchEventsRequest& request,
                                                                   const Parts& parts, ResponseSink* sink) {
  HOOKD_ASSIGN_OR_RETURN(WatchSelection selection, ReadRequest(request));
  if (selection.resumed && selection.from->time < parts.clock->Now() - parts.retention) {
    return OutOfRange(parts.retention);
  }
  HOOKD_ASSIGN_OR_RETURN(auto place, parts.places->Take({ProjectName(selection.project), access.Holder()}));
  auto watch = std::make_shared<Watch>(access, std::move(selection), parts, std::move(place), sink);
  HOOKD_RETURN_IF_ERROR(watch->Subscribe());
  return watch;
}

}  // namespace hookd
