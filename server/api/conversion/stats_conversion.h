// Converts between statistics and hookd.v1.Stats. Thread-safe; no state.
#ifndef HOOKD_API_CONVERSION_STATS_CONVERSION_H_
#define HOOKD_API_CONVERSION_STATS_CONVERSION_H_

#include <optional>

#include "absl/time/time.h"
#include "api/validation/field_violations.h"
#include "delivery/statistics/stats_reader.h"
#include "hookd/v1/stats.pb.h"

namespace hookd {

// A span of time, in whole steps.
struct StatsSpan {
  absl::Time start, end;
  absl::Duration step;
};

// The span that the fields start_time, end_time and step ask for, of which each may be missing; null for a
// missing one. `now` is the default end. Adds what is wrong to `violations`; the span may be used only if
// nothing was added.
StatsSpan ReadStatsSpan(const google::protobuf::Timestamp* start_time,
                        const google::protobuf::Timestamp* end_time, const google::protobuf::Duration* step,
                        absl::Time now, FieldViolations& violations);

// The same of a request that has these fields.
template <typename Request>
StatsSpan ReadStatsSpan(const Request& request, absl::Time now, FieldViolations& violations) {
  return ReadStatsSpan(request.has_start_time() ? &request.start_time() : nullptr,
                       request.has_end_time() ? &request.end_time() : nullptr,
                       request.has_step() ? &request.step() : nullptr, now, violations);
}

void ToProto(const StatsSpan& span, const StatsReader::Points& points, v1::Stats& proto);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_STATS_CONVERSION_H_
