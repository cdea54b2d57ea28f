#include "http/names/name_resolver.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "http/names/name_worker.h"

namespace hookd {
namespace {

using Answer = NameResolver::Answer;

// Answers names that need no lookup: addresses, and the reserved names of RFC 6761 (6.3 and 6.4).
std::optional<Answer> SpecialName(const std::string& name) {
  if (const auto address = IpAddress::Parse(name); address.has_value()) {
    return Answer{.kind = Answer::Kind::kFound, .addresses = {*address}};
  }
  const absl::string_view bare = absl::StripSuffix(name, ".");
  if (bare == "localhost" || absl::EndsWith(bare, ".localhost")) {
    return Answer{.kind = Answer::Kind::kFound,
                  .addresses = {*IpAddress::Parse("::1"), *IpAddress::Parse("127.0.0.1")}};
  }
  if (absl::EndsWith(bare, ".invalid")) return Answer{.kind = Answer::Kind::kNoSuchName};
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::unique_ptr<NameResolver>> NameResolver::Create(const Options& options) {
  auto worker = std::make_unique<Worker>(options);
  if (absl::Status status = worker->Start(); !status.ok()) return status;
  return std::unique_ptr<NameResolver>(new NameResolver(std::move(worker)));
}

NameResolver::NameResolver(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}

NameResolver::~NameResolver() = default;

std::optional<Answer> NameResolver::Cached(const std::string& name) {
  std::optional<Answer> special = SpecialName(name);
  return special.has_value() ? std::move(special) : worker_->Cached(name);
}

void NameResolver::Lookup(std::string name, std::function<void(const Answer&)> done) {
  worker_->Lookup(std::move(name), std::move(done));
}

bool NameResolver::AnswersSince(std::chrono::steady_clock::time_point time) const {
  return worker_->AnswersSince(time);
}

bool NameResolver::saturated() const { return worker_->saturated(); }

int64_t NameResolver::lookups() const { return worker_->lookups(); }

int64_t NameResolver::failed() const { return worker_->failed(); }

}  // namespace hookd
