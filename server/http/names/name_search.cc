// How the lookup of one name begins, is answered and ends.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/tuning.h"
#include "http/names/name_worker.h"

namespace hookd {

bool NameResolver::Worker::CanBegin(NameCache::Record record) const {
  if (begun_ >= limits::kMaxLookups || unfinished_.size() >= 4 * limits::kMaxLookups) return false;
  return record != NameCache::Record::kFailed || failing_ < limits::kMaxLookups / 2;
}

void NameResolver::Worker::BeginSearches() {
  FollowResolvConf();
  bool waits = false;
  for (size_t record = 0; record < queues_.size(); ++record) {
    std::deque<Search*>& queue = queues_[record];
    while (!queue.empty() && CanBegin(static_cast<NameCache::Record>(record))) {
      Search* const search = queue.front();
      queue.pop_front();
      Begin(*search);
    }
    waits |= !queue.empty() && static_cast<NameCache::Record>(record) != NameCache::Record::kFailed;
  }
  saturated_ = waits;
}

void NameResolver::Worker::Begin(Search& search) {
  search.begun = true;
  search.began = std::chrono::steady_clock::now();
  search.answer_at = After(limits::kLookupTimeout);
  ++begun_;
  ++lookups_;
  if (search.record == NameCache::Record::kFailed) ++failing_;
  Ask(search);
  // Probe early, so that the result is known even for a short attempt.
  if (!AnswersSince(search.began)) ProbeNameServers();
}

void NameResolver::Worker::Ask(Search& search) {
  const auto earlier = unfinished_.find(search.name);
  std::array<bool, 2> asks = {true, true};
  // If neither query was answered, the name servers may have been down, so send both again.
  if (earlier != unfinished_.end() && earlier->second->queries == 1) asks = earlier->second->ended;
  search.ended = {};
  search.queries = (asks[0] ? 1 : 0) + (asks[1] ? 1 : 0);
  for (size_t family = 0; family < 2; ++family) {
    if (asks[family]) continue;
    search.ended[family] = true;
    search.status[family] = ARES_ETIMEOUT;
  }
  if (search.queries == 0) search.answer_at = Instant::min();
  for (int family = 0; family < 2; ++family) {
    if (!asks[static_cast<size_t>(family)]) continue;
    ares_addrinfo_hints hints = {};
    hints.ai_flags = ARES_AI_NOSORT;
    hints.ai_family = family == 0 ? AF_INET : AF_INET6;
    hints.ai_socktype = SOCK_STREAM;
    const bool was = std::exchange(in_ares_call_, true);
    ares_getaddrinfo(channel_, search.name.c_str(), nullptr, &hints, &Worker::OnAddresses,
                     new Query{this, &search, family});
    in_ares_call_ = was;
  }
}

void NameResolver::Worker::OnAddresses(void* query, int status, int, ares_addrinfo* found) {
  const std::unique_ptr<Query> asked(static_cast<Query*>(query));
  Search& search = *asked->search;
  std::vector<IpAddress>& addresses = search.addresses[static_cast<size_t>(asked->family)];
  for (const auto* node = found == nullptr ? nullptr : found->nodes; node != nullptr; node = node->ai_next) {
    if (addresses.size() < limits::kMaxAddresses) addresses.emplace_back(node->ai_addr);
    search.ttl = std::min(search.ttl, absl::Seconds(node->ai_ttl));
  }
  if (found != nullptr) ares_freeaddrinfo(found);
  if (!asked->worker->in_ares_call_ && IsAnswer(status)) asked->worker->NoteNameServerAnswer();
  asked->worker->Ended(search, asked->family, status);
}

void NameResolver::Worker::Ended(Search& search, int family, int status) {
  const auto which = static_cast<size_t>(family);
  --search.queries;
  if (replacing_channel_ && !search.answered) return;
  search.ended[which] = true;
  search.status[which] = status;
  if (search.answered) {
    if (search.queries == 0) Forget(search);
    return;
  }
  if (search.queries == 0) {
    // AnswerDue answers it outside of c-ares, because it may have to probe the name servers.
    search.answer_at = Instant::min();
  } else if (!search.addresses[which].empty()) {
    search.answer_at = std::min(search.answer_at, After(tuning::kResolutionDelay));
  } else if (status == ARES_ENOTFOUND) {
    // Some name servers mean only this address family (RFC 4074, 4.2).
    search.answer_at = std::min(search.answer_at, After(tuning::kQuestionTimeout));
  }
}

NameResolver::Answer NameResolver::Worker::AnswerOf(const Search& search) const {
  Answer answer;
  // Alternate between the families, IPv6 first (RFC 8305, 4).
  for (size_t i = 0; answer.addresses.size() < limits::kMaxAddresses; ++i) {
    if (i >= search.addresses[0].size() && i >= search.addresses[1].size()) break;
    for (const size_t family : {1, 0}) {
      if (i < search.addresses[family].size()) answer.addresses.push_back(search.addresses[family][i]);
    }
  }
  bool no_such_name = search.ended[0] && search.ended[1];
  for (size_t family = 0; family < 2; ++family) {
    if (search.ended[family] && search.status[family] == ARES_ENOTFOUND) {
      no_such_name = true;
      break;
    }
    no_such_name &= IsAnswer(search.status[family]) || search.status[family] == ARES_EBADNAME;
  }
  if (!answer.addresses.empty()) {
    answer.kind = Answer::Kind::kFound;
  } else if (no_such_name) {
    answer.kind = Answer::Kind::kNoSuchName;
  } else {
    answer.kind = answered_.load() >= search.began ? Answer::Kind::kNoAnswer : Answer::Kind::kNoNameServers;
  }
  return answer;
}

void NameResolver::Worker::AnswerDue() {
  const Instant now = std::chrono::steady_clock::now();
  const Instant silent_since = now - absl::ToChronoNanoseconds(tuning::kNameServerSilence);
  std::vector<Search*> due;
  bool silence = false;
  for (const auto& [name, search] : by_name_) {
    if (search->answer_at <= now) due.push_back(search);
    silence |= search->began <= silent_since && answered_.load() < search->began;
  }
  for (Search* const search : due) {
    const Answer answer = AnswerOf(*search);
    // A search that failed at once proves nothing about the name servers yet.
    if (answer.kind == Answer::Kind::kNoNameServers && search->answer_at == Instant::min()) {
      silence = true;
      search->answer_at = After(tuning::kNameServerSilence);
      continue;
    }
    Finish(*search);
  }
  if (silence) ProbeNameServers();
}

void NameResolver::Worker::Finish(Search& search) {
  const Answer answer = AnswerOf(search);
  search.answered = true;
  --lookups_;
  --begun_;
  if (search.record == NameCache::Record::kFailed) --failing_;
  if (answer.kind == Answer::Kind::kNoAnswer || answer.kind == Answer::Kind::kNoNameServers) ++failed_;
  cache_.Put(search.name, answer, search.ttl, options_.clock->Steady());
  by_name_.erase(search.name);
  for (const Done& done : std::exchange(search.waiting, {})) done(answer);
  if (search.queries == 0) return Forget(search);
  // If an earlier search of the name is unfinished, this one only has queries that the earlier one had not.
  unfinished_.try_emplace(search.name, &search);
}

void NameResolver::Worker::Forget(Search& search) {
  const auto straggling = unfinished_.find(search.name);
  if (straggling != unfinished_.end() && straggling->second == &search) unfinished_.erase(straggling);
  searches_.erase(&search);
}

}  // namespace hookd
