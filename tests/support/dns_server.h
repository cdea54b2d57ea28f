// A DNS server on a free port of 127.0.0.1, over UDP and TCP, that answers each name as the test says.
//
// Thread-safe. One thread of its own serves all queries, and a delayed answer delays no other. What is set
// applies to queries that arrive afterwards. A name that was not set does not exist (NXDOMAIN). A query for
// the name servers of the root (`. NS`), by which hookd checks that its name server is alive, is answered
// unless the whole server is silent.
//
// Bounds: 64 TCP connections and 65,536 delayed answers at a time; what is beyond is dropped.
#ifndef HOOKD_TESTS_SUPPORT_DNS_SERVER_H_
#define HOOKD_TESTS_SUPPORT_DNS_SERVER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace hookd {

class DnsServer {
 public:
  enum class Reply {
    kAnswer,     // the addresses; NOERROR without a record if there are none of the type (NODATA)
    kNoName,     // NXDOMAIN
    kNoData,     // NOERROR without a record, whatever addresses there are
    kFailure,    // SERVFAIL
    kRefused,    // REFUSED
    kSilence,    // no answer
    kTruncated,  // over UDP an answer without records that says "ask over TCP"; over TCP the addresses
    kGarbage,    // bytes that are not DNS, after the query's id
    kWrongId,    // the right answer under an id that nobody asked with
  };

  struct Name {
    std::vector<std::string> a = {};     // IPv4 addresses, in the order in which they are sent
    std::vector<std::string> aaaa = {};  // IPv6 addresses, likewise
    Reply reply = Reply::kAnswer;
    std::optional<Reply> reply_to_a = {};         // in place of `reply`, to queries for A
    std::optional<Reply> reply_to_aaaa = {};      // likewise for AAAA
    absl::Duration delay = absl::ZeroDuration();  // from the query to its answer
    uint32_t ttl_seconds = 1;
  };

  DnsServer();
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  int port() const;
  // As --egress_name_servers takes it.
  std::string address() const;

  // What `name`, in lower case and without a dot at its end, gets from now on.
  void Set(const std::string& name, Name behaviour) ABSL_LOCKS_EXCLUDED(mutex_);

  // While silent it answers nothing, as a name server that is down.
  void SetSilent(bool silent) ABSL_LOCKS_EXCLUDED(mutex_);

  // Queries that arrived for `name`, of any type and over either transport, those unanswered included.
  int queries(const std::string& name) const ABSL_LOCKS_EXCLUDED(mutex_);
  int total_queries() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits until at least `n` queries for `name` arrived. False if they do not within `timeout`.
  bool WaitForQueries(const std::string& name, int n, absl::Duration timeout) const
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Loop;

  // What a query gets: its answer, if any, and how long after the query.
  struct Response {
    std::string bytes;
    absl::Duration delay;
  };
  std::optional<Response> Respond(absl::string_view message, bool tcp) ABSL_LOCKS_EXCLUDED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, Name> names_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> queries_ ABSL_GUARDED_BY(mutex_);
  int total_queries_ ABSL_GUARDED_BY(mutex_) = 0;
  bool silent_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<Loop> loop_;  // last: its thread uses the rest
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_DNS_SERVER_H_
