#include "web/web_caller.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace hookd {

std::shared_ptr<const TraceContext> WebCaller::Trace() const {
  const absl::string_view parent = request_.Header("traceparent");
  if (parent.empty()) return nullptr;
  // Several headers of this name are concatenated in their order.
  std::string state;
  for (const auto& [name, value] : request_.headers) {
    if (absl::EqualsIgnoreCase(name, "tracestate")) absl::StrAppend(&state, state.empty() ? "" : ",", value);
  }
  auto trace = ReadTraceContext(parent, state);
  return trace.has_value() ? std::make_shared<const TraceContext>(*std::move(trace)) : nullptr;
}

}  // namespace hookd
