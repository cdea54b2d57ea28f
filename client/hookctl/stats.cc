// hookctl webhooks stats and hookctl projects stats.
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hookctl/commands.h"
#include "hookctl/output.h"
#include "hookctl/stats_chart.h"
#include "hookctl/values.h"
#include "hookctl/webhook_flags.h"
#include "hookd/v1/project_service.grpc.pb.h"
#include "hookd/v1/webhook_service.grpc.pb.h"

namespace hookctl {
namespace {

std::string CheckStep(const std::string& text) {
  const auto step = ParseDuration(text);
  const bool good = step.has_value() && *step >= absl::Minutes(1) &&
                    *step % absl::Minutes(1) == absl::ZeroDuration() &&
                    absl::Hours(24) % *step == absl::ZeroDuration();
  return good ? ""
              : absl::StrCat("'", Printable(text),
                             "' does not divide a day: use such as 1m, 5m, 15m, 1h or 1d");
}

// The flags that both commands have.
struct SpanFlags {
  std::string since, until, step;

  void Add(CLI::App& command) {
    TakesTime(command.add_option("--since", since, "Start of the time shown [24h before its end]"));
    TakesTime(command.add_option("--until", until, "End of the time shown [now]"));
    command
        .add_option("--step", step,
                    "Length of a point: 1m to 1d, whole minutes that divide a\n"
                    "day [the shortest that gives at most 200 points]")
        ->type_name("DURATION")
        ->check(CheckStep);
  }

  // Returns an error if the span is empty.
  template <typename Request>
  absl::Status Fill(Request& request) const {
    const absl::Time now = absl::Now();
    const absl::Time end = until.empty() ? now : *ParseTime(until, now);
    if (!since.empty() && *ParseTime(since, now) >= end) {
      return absl::InvalidArgumentError(
          absl::StrCat("--since must be before ", until.empty() ? "now" : "--until"));
    }
    if (!since.empty()) *request.mutable_start_time() = ToTimestamp(*ParseTime(since, now));
    if (!until.empty()) *request.mutable_end_time() = ToTimestamp(*ParseTime(until, now));
    if (!step.empty()) *request.mutable_step() = ToProto(*ParseDuration(step));
    return absl::OkStatus();
  }
};

// The flag that sets a field of the request.
std::string FlagOf(const std::string& field) {
  if (field == "start_time") return "--since";
  if (field == "end_time") return "--until";
  return field == "step" ? "--step" : field;
}

// Such as `2xx 1,234, 4xx 5`; without results that did not occur.
std::string AttemptsText(const v1::AttemptCounts& attempts) {
  std::string text;
  const auto add = [&text](absl::string_view name, int64_t count) {
    if (count > 0) absl::StrAppend(&text, text.empty() ? "" : ", ", name, " ", WithCommas(count));
  };
  add("2xx", attempts.status_2xx());
  add("3xx", attempts.status_3xx());
  add("4xx", attempts.status_4xx());
  add("5xx", attempts.status_5xx());
  add("timeout", attempts.timeout());
  add("connection", attempts.connection());
  add("TLS", attempts.tls());
  add("blocked", attempts.blocked());
  return text;
}

std::string LatencyText(const v1::StatsPoint& point) {
  if (!point.has_latency()) return "";
  const v1::Latency& latency = point.latency();
  return absl::StrCat("p50 ", DurationText(latency.p50()), ", p95 ", DurationText(latency.p95()), ", p99 ",
                      DurationText(latency.p99()), ", max ", DurationText(latency.max()));
}

int Show(Session& session, const grpc::Status& status, const std::string& name, const v1::Stats& stats) {
  if (!status.ok()) return session.Fail(status, FlagOf);
  std::ostream& out = session.terminal.out;
  if (session.json) {
    out << ToJson(stats);
    return kOk;
  }
  const v1::StatsPoint& total = stats.total();
  const absl::Time start = FromTimestamp(total.start_time());
  const absl::Time end = start + FromProto(stats.step()) * stats.points_size();
  PrintFields(out, {{"Name", name},
                    {"From", TimeText(total.start_time())},
                    {"To", TimeText(ToTimestamp(end))},
                    {"Events", WithCommas(total.events_matched())},
                    {"Delivered", WithCommas(total.deliveries_delivered())},
                    {"Failed", WithCommas(total.deliveries_failed())},
                    {"Canceled", WithCommas(total.deliveries_canceled())},
                    {"Attempts", AttemptsText(total.attempts())},
                    {"Latency", LatencyText(total)}});
  out << "\n";
  DrawStats(out, stats, StyleOf(session.terminal.width));
  for (const v1::StatsGap& gap : stats.gaps()) {
    session.Note(absl::StrCat("Counts are missing from ", TimeText(gap.start_time()), " to ",
                              TimeText(gap.end_time()), "."));
  }
  return kOk;
}

constexpr char kFooter[] =
    R"(A chart has a bar for each point, or for several if the terminal is narrow; -o json has all of them.)";

}  // namespace

void AddWebhookStats(CLI::App& webhooks, Session& session) {
  auto* command = webhooks.add_subcommand("stats", "Show deliveries, failures and latency over time");
  struct Flags {
    WebhookArguments one;
    SpanFlags span;
  };
  auto flags = std::make_shared<Flags>();
  flags->one.Add(*command);
  flags->span.Add(*command);
  SetFooter(*command, absl::StrCat(kFooter,
                                   "\n\nExamples:\n"
                                   "  hookctl webhooks stats billing --since 24h\n"
                                   "  hookctl webhooks stats billing --since 7d --step 1h -o json"));
  command->callback([&session, flags] {
    session.command = [&session, flags]() -> int {
      v1::GetWebhookStatsRequest request;
      request.set_name(session.Name("webhooks", flags->one.webhook));
      if (const auto filled = flags->span.Fill(request); !filled.ok()) {
        return session.Fail(kUsage, filled.message());
      }
      v1::Stats stats;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().webhooks().GetWebhookStats(context, request, &stats);
      });
      return Show(session, status, request.name(), stats);
    };
  });
}

void AddProjectStats(CLI::App& projects, Session& session) {
  auto* command =
      projects.add_subcommand("stats", "Show deliveries, failures and latency of all webhooks over time");
  struct Flags {
    std::string project;
    SpanFlags span;
  };
  auto flags = std::make_shared<Flags>();
  command->add_option("PROJECT", flags->project, "Id or full name of the project [that of --project]")
      ->type_name("");
  flags->span.Add(*command);
  SetFooter(*command, absl::StrCat(kFooter, "\n\nExample:\n  hookctl projects stats --since 7d"));
  command->callback([&session, flags] {
    session.command = [&session, flags]() -> int {
      v1::GetProjectStatsRequest request;
      const bool is_name = flags->project.find('/') != std::string::npos;
      request.set_name(flags->project.empty() ? session.Parent()
                       : is_name              ? flags->project
                                              : absl::StrCat("projects/", flags->project));
      if (const auto filled = flags->span.Fill(request); !filled.ok()) {
        return session.Fail(kUsage, filled.message());
      }
      v1::Stats stats;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().projects().GetProjectStats(context, request, &stats);
      });
      return Show(session, status, request.name(), stats);
    };
  });
}

}  // namespace hookctl
