#include "grpc/grpc_caller.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "http/ip_address.h"

namespace hookd {
namespace {

absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

}  // namespace

absl::string_view GrpcCaller::Authorization() const {
  const auto [begin, end] = context_.client_metadata().equal_range("authorization");
  if (begin == end || std::next(begin) != end) return "";
  return View(begin->second);
}

std::vector<std::string> GrpcCaller::Identities() const {
  const auto auth = context_.auth_context();
  return auth == nullptr ? std::vector<std::string>() : NamesOfCertificate(*auth);
}

std::shared_ptr<const TraceContext> GrpcCaller::Trace() const {
  const auto& metadata = context_.client_metadata();
  if (metadata.count("traceparent") != 1) return nullptr;
  // Several headers of this name are concatenated in their order.
  std::string state;
  const auto [begin, end] = metadata.equal_range("tracestate");
  for (auto it = begin; it != end; ++it) {
    absl::StrAppend(&state, state.empty() ? "" : ",", View(it->second));
  }
  auto trace = ReadTraceContext(View(metadata.find("traceparent")->second), state);
  return trace.has_value() ? std::make_shared<const TraceContext>(*std::move(trace)) : nullptr;
}

std::vector<std::string> NamesOfCertificate(const grpc::AuthContext& auth) {
  std::vector<std::string> names;
  if (!auth.IsPeerAuthenticated()) return names;
  for (const grpc::string_ref& name : auth.FindPropertyValues("x509_subject_alternative_name")) {
    names.emplace_back(name.data(), name.size());
  }
  if (!names.empty()) return names;
  for (const grpc::string_ref& name : auth.FindPropertyValues("x509_common_name")) {
    std::string text(name.data(), name.size());
    if (!IpAddress::Parse(text).has_value()) names.push_back(std::move(text));
  }
  return names;
}

}  // namespace hookd
