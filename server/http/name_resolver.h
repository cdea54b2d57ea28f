// Looks host names up: in /etc/hosts, and by c-ares at the name servers, IPv4 and IPv6 at the same time.
//
// Bounded: one lookup a name at a time, however many ask for it; limits::kMaxLookups in all, of which names
// that failed before have a half; limits::kLookupTimeout each. A question that is not answered by then is
// asked by nobody else until it has ended. Names that wait for their turn come in this
// order: those that were found before, new ones, those that failed. One thread, whatever the name servers do.
//
// Where only one address family is answered, the other is waited for limits::kResolutionDelay (RFC 8305, 3).
// Answers are kept for their TTL (limits::kMinNameAge to kMaxNameAge), that there is no such name for
// limits::kNoSuchNameAge, and failures for limits::kFailedNameAge and more. Without name servers of its own
// it follows /etc/resolv.conf when that changes.
//
// Thread-safe. Owns nothing it is given.
#ifndef HOOKD_HTTP_NAME_RESOLVER_H_
#define HOOKD_HTTP_NAME_RESOLVER_H_

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
    std::vector<std::string> name_servers = {};  // address or address:port; empty: as the system has them
    DescriptorReserve* reserve = nullptr;        // whose sockets it uses; must outlive it
    Clock* clock = Clock::Real();                // for the age of answers
  };

  struct Answer {
    enum class Kind {
      kFound,
      kNoSuchName,     // or it has no address
      kNoAnswer,       // though the name servers answer others: they say nothing of this name
      kNoNameServers,  // none of them answers anything
    };
    Kind kind = Kind::kNoNameServers;
    std::vector<IpAddress> addresses = {};  // in the order to try them; some if, and only if, kFound
  };

  // INVALID_ARGUMENT, with a sentence, for name servers that are none; RESOURCE_EXHAUSTED if the system gives
  // no descriptors, memory or thread.
  static absl::StatusOr<std::unique_ptr<NameResolver>> Create(const Options& options);
  // Calls no `done` any more.
  ~NameResolver();

  // What is known of the name; nothing if it is to be looked up. Does not block.
  std::optional<Answer> Cached(const std::string& name);

  // Looks the name up and calls `done` once, on the resolver's thread, which must not be blocked.
  void Lookup(std::string name, std::function<void(const Answer&)> done);

  // Whether a name server has answered since then, or else, where that is not long ago, lately, whatever it
  // was asked.
  bool AnswersSince(std::chrono::steady_clock::time_point time) const;

  // Whether lookups wait for their turn, as there are too many.
  bool saturated() const;

  // Lookups under way; and how many, since the start, no name server answered.
  int64_t lookups() const;
  int64_t failed() const;

 private:
  class Worker;
  explicit NameResolver(std::unique_ptr<Worker> worker);

  const std::unique_ptr<Worker> worker_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_NAME_RESOLVER_H_
