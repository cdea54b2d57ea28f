// hookctl deliveries watch: shows outcomes as they happen, and reconnects when a stream breaks.
#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "command_line/interrupt.h"
#include "hookctl/commands.h"
#include "hookctl/delivery_filter.h"
#include "hookctl/output.h"
#include "hookctl/reconnect.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

constexpr char kWatchFooter[] =
    R"(Prints a line for every attempt, and for every delivery that ends without one, until Ctrl-C. A pending delivery is
attempted again at NEXT ATTEMPT. If the stream breaks, the command resumes after the last outcome it showed. With
--output json each outcome is one line: {"delivery": {...}, "outcome_time": ...}. --timeout limits the whole watch.

Examples:
  hookctl deliveries watch --webhook billing
  hookctl deliveries watch --state failed --since 1h
  hookctl deliveries watch -o json | jq -r 'select(.delivery.response_status >= 500) | .delivery.name')";

struct Flags {
  DeliveryFilter filter;
  std::string since;
  int limit = 0;
};

// Filters outcomes that an earlier stream already returned. A stream that resumes at the time of the last
// outcome begins with all outcomes of that millisecond.
class ShownOutcomes {
 public:
  // Returns false if an earlier stream returned the outcome.
  bool Add(const v1::WatchDeliveriesResponse& outcome) {
    const absl::Time time = FromTimestamp(outcome.outcome_time());
    if (!last_.has_value() || *last_ < time) {
      last_ = time;
      earlier_.clear();
      of_this_stream_.clear();
    }
    const v1::Delivery& delivery = outcome.delivery();
    std::string key = absl::StrCat(delivery.name(), " ", delivery.attempt_count(), " ", delivery.state());
    if (earlier_.count(key) > 0) return false;
    of_this_stream_.insert(std::move(key));
    return true;
  }
  void EndStream() { earlier_.merge(of_this_stream_); }
  std::optional<absl::Time> last() const { return last_; }

 private:
  std::optional<absl::Time> last_;
  // Outcomes at that time.
  std::set<std::string> earlier_;
  std::set<std::string> of_this_stream_;
};

class Watcher {
 public:
  Watcher(Session& session, const Flags& flags)
      : session_(session),
        flags_(flags),
        begin_(absl::Now()),
        deadline_(session.timeout.has_value() ? begin_ + *session.timeout : absl::InfiniteFuture()) {
    request_.set_parent(session.Parent());
    request_.set_filter(flags.filter.Build(session, begin_));
    if (!flags.since.empty()) *request_.mutable_start_time() = ToTimestamp(*ParseTime(flags.since, begin_));
  }

  int Run() {
    // An unreachable hookd is an error at the start, as with any other command.
    if (const auto status = CheckRequest(); !status.ok()) return session_.Fail(status);
    const command_line::Interrupt interrupt([this] { stop_.Now(); });
    if (!session_.json) {
      table_.Add(
          session_.terminal.out, session_.terminal.width,
          {"TIME", "DELIVERY", "WEBHOOK", "TYPE", "STATE", "ATTEMPTS", "STATUS", "NEXT ATTEMPT", "ERROR"});
    }
    Backoff backoff(session_, stop_, deadline_);
    while (true) {
      const int shown_before = count_;
      const absl::Time began = absl::Now();
      const grpc::Status status = Stream();
      if (Complete() || stop_.stopped()) return kOk;
      if (!session_.terminal.out) return session_.Fail(kError, "the output cannot be written");
      if (!IsTransient(status)) return session_.Fail(status);
      backoff.Pause(status, count_ > shown_before || absl::Now() - began > kMaxReconnectPause);
      if (stop_.stopped()) return kOk;
      Resume();
    }
  }

 private:
  grpc::Status CheckRequest() {
    v1::ListDeliveriesRequest request;
    request.set_parent(request_.parent());
    request.set_filter(request_.filter());
    request.set_page_size(1);
    v1::ListDeliveriesResponse response;
    return session_.Call([&](grpc::ClientContext* context) {
      return session_.client().deliveries().ListDeliveries(context, request, &response);
    });
  }

  bool Complete() const { return flags_.limit != 0 && count_ >= flags_.limit; }

  // Shows the outcomes of one stream until it ends or the watch is complete.
  grpc::Status Stream() {
    grpc::ClientContext context;
    if (deadline_ != absl::InfiniteFuture()) context.set_deadline(absl::ToChronoTime(deadline_));
    stop_.SetCall(&context);
    const auto stream = session_.client().deliveries().WatchDeliveries(&context, request_);
    v1::WatchDeliveriesResponse outcome;
    while (stream->Read(&outcome)) {
      if (!outcome.has_delivery() || !shown_.Add(outcome)) continue;  // a heartbeat, or shown before
      Show(outcome);
      ++count_;
      if (stop_.stopped() || Complete() || !session_.terminal.out) {
        context.TryCancel();
        break;
      }
    }
    grpc::Status status = stream->Finish();
    stop_.SetCall(nullptr);
    return status;
  }

  void Show(const v1::WatchDeliveriesResponse& outcome) {
    std::ostream& out = session_.terminal.out;
    if (session_.json) {
      out << ToJson(outcome, true) << std::flush;
      return;
    }
    const v1::Delivery& delivery = outcome.delivery();
    const int status = delivery.response_status();
    table_.Add(out, session_.terminal.width,
               {TimeText(outcome.outcome_time(), true), IdOf(delivery.name()), IdOf(delivery.webhook()),
                EventTypeName(delivery.event_type()), DeliveryStateName(delivery.state()),
                std::to_string(delivery.attempt_count()), status == 0 ? "" : std::to_string(status),
                TimeText(delivery.next_attempt_time(), true), delivery.error()});
  }

  // Makes the next stream begin where the last one ended.
  void Resume() {
    shown_.EndStream();
    if (shown_.last().has_value()) {
      *request_.mutable_start_time() = ToTimestamp(*shown_.last());
    } else if (!request_.has_start_time()) {
      *request_.mutable_start_time() = ToTimestamp(begin_);
    }
  }

  Session& session_;
  const Flags& flags_;
  const absl::Time begin_;
  const absl::Time deadline_;
  v1::WatchDeliveriesRequest request_;
  // Wide enough for a time, a generated id, and the longest type and state, so that few rows shift the
  // columns. On a narrow terminal, without the next attempt, the number of attempts, the type and the time.
  LiveTable table_{{24, 13, 8, 12, 9, 8, 6, 24, 0}, {7, 5, 3, 0, 2}};
  ShownOutcomes shown_;
  int count_ = 0;
  Stop stop_;
};

}  // namespace

void AddDeliveryWatch(CLI::App& deliveries, Session& session) {
  auto* watch = deliveries.add_subcommand("watch", "Show the outcomes of deliveries as they happen");
  auto flags = std::make_shared<Flags>();
  flags->filter.Add(*watch);
  TakesTime(watch->add_option("--since", flags->since,
                              "Begin with outcomes since then, such as 2h or 2026-01-31; default: now"));
  watch->add_option("--limit", flags->limit, "Exit after this many outcomes; 0: never")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  SetFooter(*watch, kWatchFooter);
  watch->callback(
      [&session, flags] { session.command = [&session, flags] { return Watcher(session, *flags).Run(); }; });
}

}  // namespace hookctl
