#include "api/conversion/stats_conversion.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "api/conversion/common_fields.h"
#include "api/conversion/delivery_conversion.h"
#include "base/limits.h"

namespace hookd {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);
constexpr absl::Duration kDefaultSpan = kDay;
constexpr absl::Duration kDefaultSteps[] = {absl::Minutes(1), absl::Minutes(5), absl::Minutes(15),
                                            absl::Hours(1),   absl::Hours(6),   kDay};

absl::Time RoundDown(absl::Time time, absl::Duration step) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), step);
}

absl::Time RoundUp(absl::Time time, absl::Duration step) {
  return absl::UnixEpoch() + absl::Ceil(time - absl::UnixEpoch(), step);
}

int64_t PointsOf(absl::Time start, absl::Time end, absl::Duration step) {
  return (RoundUp(end, step) - RoundDown(start, step)) / step;
}

// A step that gives a chart of a sensible width.
absl::Duration DefaultStep(absl::Time start, absl::Time end) {
  for (const absl::Duration step : kDefaultSteps) {
    if (PointsOf(start, end, step) <= limits::kDefaultStatsPoints) return step;
  }
  return kDay;
}

std::optional<absl::Duration> ReadStep(const google::protobuf::Duration& proto, FieldViolations& violations) {
  const auto step = ReadDuration(proto, absl::Minutes(1), kDay, "step", violations);
  if (!step.has_value()) return std::nullopt;
  if (*step % absl::Minutes(1) == absl::ZeroDuration() && kDay % *step == absl::ZeroDuration()) return step;
  violations.Add("step", "must be whole minutes that divide a day, such as 1, 5, 15 or 60");
  return std::nullopt;
}

absl::Time ReadStatsTime(const google::protobuf::Timestamp& proto, absl::string_view path,
                         FieldViolations& violations) {
  const absl::Time time = ReadTime(proto, path, violations);
  if (violations.empty() && time < absl::UnixEpoch()) violations.Add(path, "must not be before 1970");
  return time;
}

void FillPoint(const StatsCounts& counts, absl::Time start, v1::StatsPoint& point) {
  const auto count = [&counts](StatsCount what) { return static_cast<int64_t>(counts[what]); };
  ToProto(start, *point.mutable_start_time());
  point.set_events_matched(count(StatsCount::kEventsMatched));
  point.set_deliveries_delivered(count(StatsCount::kDelivered));
  point.set_deliveries_failed(count(StatsCount::kFailed));
  point.set_deliveries_canceled(count(StatsCount::kCanceled));
  v1::AttemptCounts& attempts = *point.mutable_attempts();
  attempts.set_status_2xx(count(StatsCount::k2xx));
  attempts.set_status_3xx(count(StatsCount::k3xx));
  attempts.set_status_4xx(count(StatsCount::k4xx));
  attempts.set_status_5xx(count(StatsCount::k5xx));
  attempts.set_timeout(count(StatsCount::kTimeout));
  attempts.set_connection(count(StatsCount::kConnection));
  attempts.set_tls(count(StatsCount::kTls));
  attempts.set_blocked(count(StatsCount::kBlocked));
  if (counts.latency.empty()) return;
  v1::Latency& latency = *point.mutable_latency();
  ToProto(counts.latency.Percentile(0.5), *latency.mutable_p50());
  ToProto(counts.latency.Percentile(0.95), *latency.mutable_p95());
  ToProto(counts.latency.Percentile(0.99), *latency.mutable_p99());
  ToProto(counts.latency.max(), *latency.mutable_max());
}

}  // namespace

StatsSpan ReadStatsSpan(const google::protobuf::Timestamp* start_time,
                        const google::protobuf::Timestamp* end_time, const google::protobuf::Duration* step,
                        absl::Time now, FieldViolations& violations) {
  // The point in which the newest event or outcome is.
  const absl::Time newest = RoundDown(now, absl::Milliseconds(1)) + absl::Milliseconds(1);
  const absl::Time end = end_time == nullptr ? newest : ReadStatsTime(*end_time, "end_time", violations);
  const absl::Time start = start_time == nullptr ? std::max(end - kDefaultSpan, absl::UnixEpoch())
                                                 : ReadStatsTime(*start_time, "start_time", violations);
  std::optional<absl::Duration> read_step;
  if (step != nullptr) read_step = ReadStep(*step, violations);
  if (!violations.empty()) return {};
  if (end <= start) {
    violations.Add(end_time == nullptr ? "start_time" : "end_time",
                   end_time == nullptr ? "must be before end_time, which is now by default"
                                       : "must be after start_time");
    return {};
  }
  const absl::Duration used = read_step.value_or(DefaultStep(start, end));
  const int64_t points = PointsOf(start, end, used);
  if (points > limits::kMaxStatsPoints) {
    violations.Add(step == nullptr ? "start_time" : "step",
                   absl::StrCat("gives ", points, " points; the maximum is ", limits::kMaxStatsPoints,
                                ": ask for ", step == nullptr ? "" : "a longer step or ", "a shorter time"));
    return {};
  }
  return {.start = RoundDown(start, used), .end = RoundUp(end, used), .step = used};
}

void ToProto(const StatsSpan& span, const StatsReader::Points& points, v1::Stats& proto) {
  StatsCounts total;
  absl::Time start = span.start;
  for (const StatsCounts& counts : points.points) {
    FillPoint(counts, start, *proto.add_points());
    total.Merge(counts);
    start += span.step;
  }
  FillPoint(total, span.start, *proto.mutable_total());
  ToProto(span.step, *proto.mutable_step());
  for (const StatsGap& gap : points.gaps) {
    v1::StatsGap& added = *proto.add_gaps();
    ToProto(gap.start, *added.mutable_start_time());
    ToProto(gap.end, *added.mutable_end_time());
  }
}

}  // namespace hookd
