#include "http/names/name_cache.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace hookd {

std::optional<NameResolver::Answer> NameCache::Find(const std::string& name, absl::Time now) const {
  const absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end() || found->second.until <= now) return std::nullopt;
  return found->second.answer;
}

void NameCache::Put(const std::string& name, const NameResolver::Answer& answer, absl::Duration ttl,
                    absl::Time now) {
  using Kind = NameResolver::Answer::Kind;
  const absl::MutexLock lock(&mutex_);
  if (entries_.size() >= limits::kMaxCachedNames && !entries_.contains(name)) {
    entries_.erase(entries_.begin());
  }
  Entry& entry = entries_[name];
  absl::Duration age;
  switch (answer.kind) {
    case Kind::kFound:
      age = std::clamp(ttl, limits::kMinNameAge, limits::kMaxNameAge);
      break;
    case Kind::kNoSuchName:
      age = limits::kNoSuchNameAge;
      break;
    case Kind::kNoAnswer:
      age = std::min(limits::kFailedNameAge * (int64_t{1} << std::min(entry.failures, 10)),
                     limits::kNoSuchNameAge);
      break;
    case Kind::kNoNameServers:
      age = limits::kMinNameAge;  // says nothing of the name
      break;
  }
  entry.until = now + age;
  entry.answer = answer;
  if (answer.kind == Kind::kFound) {
    entry.failures = 0;
  } else if (answer.kind != Kind::kNoNameServers) {
    ++entry.failures;
  }
}

NameCache::Record NameCache::RecordOf(const std::string& name) const {
  const absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return Record::kNew;
  if (found->second.failures > 0) return Record::kFailed;
  return found->second.answer.kind == NameResolver::Answer::Kind::kFound ? Record::kFound : Record::kNew;
}

}  // namespace hookd
