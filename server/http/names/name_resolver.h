// Resolves host names with /etc/hosts and, through c-ares, with the name servers. It queries IPv4 and IPv6 in
// parallel.
//
// Lookups are bounded: one per name at a time for all requests; limits::kMaxLookups in total, of which names
// that failed before may use half; limits::kLookupTimeout each. A query that is still unanswered then is not
// sent again before it ends. Queued names are ordered: names that resolved before, new names, names that
// failed. It uses one thread.
//
// If only one address family is answered, it waits for the other for tuning::kResolutionDelay (RFC 8305, 3).
// It caches answers for their TTL (limits::kMinNameAge to kMaxNameAge), missing names for
// limits::kNoSuchNameAge, and failures for limits::kFailedNameAge or longer. Without configured name servers
// it follows changes of /etc/resolv.conf.
//
// Thread-safe.
#ifndef HOOKD_HTTP_NAMES_NAME_RESOLVER_H_
#define HOOKD_HTTP_NAMES_NAME_RESOLVER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "http/descriptor_reserve.h"
#include "http/ip_address.h"

namespace hookd {

class NameResolver {
 public:
  struct Options {
    std::vector<std::string> name_servers = {};  // address or address:port; empty: the system's
    DescriptorReserve* reserve = nullptr;        // opens the sockets; must outlive the resolver
    Clock* clock = Clock::Real();                // for the expiry of answers
  };

  struct Answer {
    enum class Kind {
      kFound,
      kNoSuchName,     // or the name has no address
      kNoAnswer,       // the name servers do not answer for this name, but for others
      kNoNameServers,  // no name server answers at all
    };
    Kind kind = Kind::kNoNameServers;
    std::vector<IpAddress> addresses = {};  // in the order to try them; not empty if and only if kFound
  };

  // Returns INVALID_ARGUMENT, with a sentence, if a name server is invalid, and RESOURCE_EXHAUSTED if the
  // system has no descriptors, memory or threads left.
  static absl::StatusOr<std::unique_ptr<NameResolver>> Create(const Options& options);
  // Pending callbacks are not called.
  ~NameResolver();

  // Returns the cached answer, or nothing if a lookup is necessary. Does not block.
  std::optional<Answer> Cached(const std::string& name);

  // Looks the name up and calls `done` once, on the resolver's thread. `done` must not block.
  void Lookup(std::string name, std::function<void(const Answer&)> done);

  // Whether a name server has answered any query since `time`, or recently if `time` is not long ago.
  bool AnswersSince(std::chrono::steady_clock::time_point time) const;

  // Whether lookups are queued because too many are in flight.
  bool saturated() const;

  // The number of lookups in flight; and of lookups that no name server answered, since the start.
  int64_t lookups() const;
  int64_t failed() const;

 private:
  class Worker;
  explicit NameResolver(std::unique_ptr<Worker> worker);

  const std::unique_ptr<Worker> worker_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_NAMES_NAME_RESOLVER_H_
