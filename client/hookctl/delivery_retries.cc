// hookctl deliveries retry and retry-all: redeliver.
#include <memory>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "command_line/progress.h"
#include "hookctl/commands.h"
#include "hookctl/delivery_filter.h"
#include "hookctl/output.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

constexpr char kRetryFooter[] =
    R"(The delivery becomes pending again and is attempted when its webhook is scheduled, with the same Webhook-Id; its
attempts continue to be numbered from where they stopped. A delivery that is already pending, or whose webhook is
disabled or deleted, is refused with exit code 5.)";

constexpr char kRetryAllFooter[] =
    R"(With --webhook, the deliveries of that webhook; otherwise those of the project that match the other flags, of which at
least one of --filter, --status-code, --error and those of the content of events is required. Deliveries whose webhook is
disabled or deleted are then skipped and counted.

If the command ends early (--timeout, Ctrl-C, a full store), only some deliveries were retried: run it again for the
rest. Deliveries that are still pending are not retried twice; deliveries that failed again are.

Examples:
  hookctl deliveries retry-all --webhook billing --since 2h --dry-run
  hookctl deliveries retry-all --webhook billing --since 2026-01-31T08:00:00Z --until 2026-01-31T12:00:00Z \
      --type bounced,complained
  hookctl deliveries retry-all --status-code 5xx --since 2h
  hookctl deliveries retry-all --filter 'user.email = "steve@getvero.com" AND state = FAILED')";

// How often the progress bar counts the remaining deliveries.
constexpr absl::Duration kPollPause = absl::Milliseconds(500);

int Retry(Session& session, const std::string& name) {
  v1::RetryDeliveryRequest request;
  request.set_name(session.Name("deliveries", name));
  v1::Delivery delivery;
  const auto status = session.Call([&](grpc::ClientContext* context) {
    return session.client().deliveries().RetryDelivery(context, request, &delivery);
  });
  if (!status.ok()) return session.FailOf("deliveries", name, status);
  if (session.json) {
    session.terminal.out << ToJson(delivery);
  } else {
    PrintDelivery(session.terminal.out, delivery);
  }
  return kOk;
}

// Shows the progress of a RetryDeliveries call on a terminal, as long as the object lives. The call reports
// nothing before it ends, so a thread counts the remaining deliveries with separate calls.
class RetryProgress {
 public:
  RetryProgress(Session& session, v1::RetryDeliveriesRequest request)
      : session_(session), request_(std::move(request)) {
    request_.set_validate_only(true);
    if (session.terminal.err_width == 0) return;
    total_ = Left();  // before the call has retried any
    poller_ = std::thread([this] { Poll(); });
  }
  ~RetryProgress() {
    over_.Notify();
    if (poller_.joinable()) poller_.join();
  }
  RetryProgress(const RetryProgress&) = delete;
  RetryProgress& operator=(const RetryProgress&) = delete;

 private:
  // Returns 0 if the call fails: only the progress bar depends on it.
  int64_t Left() const {
    v1::RetryDeliveriesResponse left;
    const auto status = session_.Call([&](grpc::ClientContext* context) {
      return session_.client().deliveries().RetryDeliveries(context, request_, &left);
    });
    return status.ok() ? left.delivery_count() : 0;
  }

  void Poll() {
    command_line::Progress progress(session_.terminal.err, session_.terminal.err_width, "deliveries");
    while (!over_.WaitForNotificationWithTimeout(kPollPause)) {
      const int64_t left = Left();
      // A delivery that fails again in the meantime counts as remaining again.
      if (left <= 0 || left > total_) continue;
      progress.Update(total_ - left, static_cast<double>(total_ - left) / static_cast<double>(total_));
    }
  }

  Session& session_;
  v1::RetryDeliveriesRequest request_;
  int64_t total_ = 0;
  absl::Notification over_;
  std::thread poller_;
};

struct RetryAllFlags {
  std::string webhook;
  std::string since;
  std::string until;
  std::vector<std::string> types;
  DeliveryFilter filter;
  bool validate_only = false;
};

void PrintResult(const Session& session, bool validate_only, const v1::RetryDeliveriesResponse& response) {
  if (session.json) {
    session.terminal.out << ToJson(response);
    return;
  }
  session.terminal.out << (validate_only ? "Would retry " : "Retrying ")
                       << Counted(response.delivery_count(), "delivery", "deliveries") << ".\n";
  if (response.skipped_count() == 0) return;
  session.Note(absl::StrCat("Skipped ", Counted(response.skipped_count(), "delivery", "deliveries"),
                            " whose webhooks are disabled or deleted."));
}

int RetryAll(Session& session, const RetryAllFlags& flags) {
  const absl::Time now = absl::Now();
  v1::RetryDeliveriesRequest request;
  request.set_parent(session.Parent());
  if (!flags.webhook.empty()) request.set_webhook(session.Name("webhooks", flags.webhook));
  request.set_filter(flags.filter.Build(session, now));
  if (request.webhook().empty() && request.filter().empty()) {
    return session.Fail(kUsage,
                        "give --webhook, or a condition such as --filter or --status-code (see --help)");
  }
  if (!flags.since.empty()) *request.mutable_start_time() = ToTimestamp(*ParseTime(flags.since, now));
  if (!flags.until.empty()) *request.mutable_end_time() = ToTimestamp(*ParseTime(flags.until, now));
  for (const v1::EventType type : ExpandEventTypes(flags.types)) request.add_event_types(type);
  request.set_validate_only(flags.validate_only);

  session.client();  // created here because two threads use it
  v1::RetryDeliveriesResponse response;
  grpc::Status status;
  {
    std::optional<RetryProgress> progress;
    if (!flags.validate_only) progress.emplace(session, request);
    status = session.Call([&](grpc::ClientContext* context) {
      return session.client().deliveries().RetryDeliveries(context, request, &response);
    });
  }
  if (!status.ok()) {
    const int code = session.Fail(status);
    if (code == kUnavailable && !flags.validate_only) {
      session.Note("Some deliveries may already be pending again; run it again for the rest.");
    }
    return code;
  }
  PrintResult(session, flags.validate_only, response);
  return kOk;
}

}  // namespace

void AddDeliveryRetries(CLI::App& deliveries, Session& session) {
  auto* retry = deliveries.add_subcommand("retry", "Retry one delivery now");
  auto name = std::make_shared<std::string>();
  retry->add_option("DELIVERY", *name, "Id or full name of the delivery")->required()->type_name("");
  SetFooter(*retry, kRetryFooter);
  retry->callback([&session, name] { session.command = [&session, name] { return Retry(session, *name); }; });

  auto* all = deliveries.add_subcommand("retry-all",
                                        "Retry all deliveries of a webhook, or those that match a filter, "
                                        "that failed or were canceled");
  auto flags = std::make_shared<RetryAllFlags>();
  TakesCondition(all->add_option("--webhook", flags->webhook, "Id or full name of the webhook"));
  TakesTime(
      all->add_option("--since", flags->since, "Only events accepted since then, such as 2h or 2026-01-31"));
  TakesTime(all->add_option("--until", flags->until, "Only events accepted before then; default: now"));
  TakesEventTypes(all->add_option("--type", flags->types, "Only events of these types; can be repeated"));
  flags->filter.AddResults(*all);
  flags->filter.AddContent(*all);
  all->add_flag("--validate-only,--dry-run", flags->validate_only,
                "Count the deliveries, but do not retry them");
  SetFooter(*all, kRetryAllFooter);
  all->callback(
      [&session, flags] { session.command = [&session, flags] { return RetryAll(session, *flags); }; });
}

}  // namespace hookctl
