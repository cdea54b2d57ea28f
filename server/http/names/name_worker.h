// The thread behind NameResolver: its queues, its c-ares channel and its cache. Only for name_resolver.cc and
// the implementation in name_worker.cc (the thread and the name servers) and name_search.cc (the lookups of
// names).
//
// The public methods are thread-safe; only the thread uses the rest.
#ifndef HOOKD_HTTP_NAMES_NAME_WORKER_H_
#define HOOKD_HTTP_NAMES_NAME_WORKER_H_

#include <ares.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/tuning.h"
#include "http/ip_address.h"
#include "http/names/name_cache.h"
#include "http/names/name_resolver.h"

namespace hookd {

class NameResolver::Worker {
 public:
  using Answer = NameResolver::Answer;
  using Instant = std::chrono::steady_clock::time_point;
  static constexpr Instant kNever = Instant::max();

  explicit Worker(const Options& options);
  ~Worker();

  absl::Status Start();
  std::optional<Answer> Cached(const std::string& name) const {
    return cache_.Find(name, options_.clock->Steady());
  }
  void Lookup(std::string name, std::function<void(const Answer&)> done) ABSL_LOCKS_EXCLUDED(mutex_);
  bool AnswersSince(Instant time) const {
    const Instant now = std::chrono::steady_clock::now();
    // After twice the silence, the name servers have been probed and have had time to answer.
    const bool asked = now - time >= absl::ToChronoNanoseconds(2 * tuning::kNameServerSilence);
    const Instant since = asked ? time : now - absl::ToChronoNanoseconds(tuning::kNameServerEvidence);
    return answered_.load() >= since;
  }
  bool saturated() const { return saturated_; }
  int64_t lookups() const { return lookups_; }
  int64_t failed() const { return failed_; }

 private:
  using Done = std::function<void(const Answer&)>;
  struct Request {
    std::string name;
    Done done;
  };
  // The lookup of one name. It is deleted once it is answered and both queries have ended.
  struct Search {
    std::string name;
    NameCache::Record record;
    std::vector<Done> waiting;
    bool begun = false;
    Instant began = kNever;
    bool answered = false;
    int queries = 0;                 // in flight
    std::array<int, 2> status = {};  // of the ended queries, IPv4 and IPv6
    std::array<bool, 2> ended = {};
    std::array<std::vector<IpAddress>, 2> addresses;
    absl::Duration ttl = absl::InfiniteDuration();
    Instant answer_at = kNever;  // when to answer with the results so far
  };
  struct Query {
    Worker* worker;
    Search* search;
    int family;  // 0: IPv4, 1: IPv6
  };

  absl::StatusOr<ares_channel> MakeChannel();
  void FollowResolvConf();
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits for a socket, the inbox or a time, and handles the sockets.
  void Wait();
  void TakeInbox() ABSL_LOCKS_EXCLUDED(mutex_);
  void BeginSearches();
  bool CanBegin(NameCache::Record record) const;
  void Begin(Search& search);
  void Ask(Search& search);
  static void OnAddresses(void* query, int status, int timeouts, ares_addrinfo* found);
  void Ended(Search& search, int family, int status);
  void AnswerDue();
  // Answers the search, and deletes it if no query is in flight.
  void Finish(Search& search);
  Answer AnswerOf(const Search& search) const;
  void Forget(Search& search);
  // Sends the name servers a query that all of them can answer.
  void ProbeNameServers();
  static void OnProbe(void* worker, int status, int timeouts, unsigned char* answer, int size);
  void NoteNameServerAnswer();
  // The time after `duration` from now.
  static Instant After(absl::Duration duration) {
    return std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(duration);
  }
  // Whether the c-ares status is an answer about the name, which can be that it does not exist.
  static bool IsAnswer(int status) {
    return status == ARES_SUCCESS || status == ARES_ENOTFOUND || status == ARES_ENODATA;
  }

  const Options options_;
  const int wake_;
  NameCache cache_;
  std::atomic<Instant> answered_ = Instant::min();  // when a name server last answered
  std::atomic<int64_t> lookups_ = 0;                // searches that have begun and are not answered
  std::atomic<int64_t> failed_ = 0;
  std::atomic<bool> saturated_ = false;

  // Used by the thread only.
  ares_channel channel_ = nullptr;
  absl::flat_hash_map<int, short> sockets_;               // of c-ares, with the events it waits for
  absl::flat_hash_map<std::string, Search*> by_name_;     // searches that are not answered
  absl::flat_hash_map<std::string, Search*> unfinished_;  // answered, with a query in flight
  absl::flat_hash_map<Search*, std::unique_ptr<Search>> searches_;
  std::array<std::deque<Search*>, 3> queues_;  // by record: searches that have not begun
  size_t begun_ = 0;                           // searches that have begun and are not answered
  size_t failing_ = 0;                         // of these, the names that failed before
  bool probing_ = false;
  bool replacing_channel_ = false;
  bool in_ares_call_ = false;  // during ares_getaddrinfo: a query that ends then was answered from a file
  timespec resolv_conf_time_ = {};
  Instant look_at_resolv_conf_ = Instant::min();

  absl::Mutex mutex_;
  std::vector<Request> inbox_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_NAMES_NAME_WORKER_H_
