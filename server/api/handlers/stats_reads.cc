#include "api/handlers/stats_reads.h"

#include <utility>

namespace hookd {

void StatsReads::Send(const CallContext& context, const std::string& project, const StatsOwner& owner,
                      const StatsSpan& span, absl::Status not_found, std::string name,
                      Reply<v1::Stats> reply) {
  auto place = reads_.Take({project, context.access.Holder()});
  if (!place.ok()) return reply.Fail(place.status());
  reader_->Read({.owner = owner, .start = span.start, .end = span.end, .step = span.step},
                [span, not_found = std::move(not_found), name = std::move(name), reply,
                 place = *std::move(place)](const absl::StatusOr<StatsReader::Points>& points) {
                  if (!points.ok()) return reply.Fail(points.status());
                  if (!points->known) return reply.Fail(not_found, name);
                  v1::Stats response;
                  ToProto(span, *points, response);
                  reply.Send(response);
                });
}

}  // namespace hookd
