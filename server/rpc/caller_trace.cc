#include "rpc/caller_trace.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

}  // namespace

std::shared_ptr<const TraceContext> CallerTrace(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  if (metadata.count("traceparent") != 1) return nullptr;
  // Several headers of this name are one, in their order.
  std::string state;
  const auto [begin, end] = metadata.equal_range("tracestate");
  for (auto it = begin; it != end; ++it) {
    absl::StrAppend(&state, state.empty() ? "" : ",", View(it->second));
  }
  auto trace = ReadTraceContext(View(metadata.find("traceparent")->second), state);
  return trace.has_value() ? std::make_shared<const TraceContext>(*std::move(trace)) : nullptr;
}

}  // namespace hookd
