// The connections of the HTTP server: limits their number, in total and for each address, and knows which of
// them have no request, so that new connections can replace those that have been idle for the longest.
//
// Thread-safe. All operations take constant time. Must outlive its entries.
#ifndef HOOKD_WEB_CONNECTION_CONNECTION_TABLE_H_
#define HOOKD_WEB_CONNECTION_CONNECTION_TABLE_H_

#include <sys/socket.h>

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/node_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/line_limiter.h"
#include "base/tuning.h"

namespace hookd {

class ConnectionTable {
 private:
  struct Address;
  using Hook = boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::safe_link>>;

 public:
  // A connection. Belongs to one table from Admit until Remove.
  class Entry {
   public:
    virtual ~Entry() = default;
    // Closes the connection, later and on another thread: BeginRequest returns false from now on. Called with
    // the table's lock held; must not call the table.
    virtual void Evict() = 0;

   private:
    friend class ConnectionTable;
    Hook idle_hook_;
    Hook address_hook_;
    Address* address_ = nullptr;
    bool evicted_ = false;
  };

  // Does not own the clock.
  ConnectionTable(size_t max_connections, double per_address, Clock* clock);
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;

  // Adds a connection from `peer`, idle from now on. If there are too many, evicts the one that has been idle
  // for the longest; if none is idle, returns false.
  bool Admit(Entry* entry, const sockaddr_storage& peer) ABSL_LOCKS_EXCLUDED(mutex_);
  // Removes a connection that has ended. Does nothing if it was removed before.
  void Remove(Entry* entry) ABSL_LOCKS_EXCLUDED(mutex_);

  // The connection has a request, until SetIdle. Returns false if it was evicted.
  bool BeginRequest(Entry* entry) ABSL_LOCKS_EXCLUDED(mutex_);
  // The connection waits for a request. Does nothing if it was idle before.
  void SetIdle(Entry* entry) ABSL_LOCKS_EXCLUDED(mutex_);

  struct Figures {
    int64_t open = 0;
    int64_t accepted = 0;
    int64_t refused = 0;  // for lack of room
    int64_t evicted = 0;
  };
  Figures figures() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using IdleList =
      boost::intrusive::list<Entry, boost::intrusive::member_hook<Entry, Hook, &Entry::idle_hook_>,
                             boost::intrusive::constant_time_size<false>>;
  using AddressList =
      boost::intrusive::list<Entry, boost::intrusive::member_hook<Entry, Hook, &Entry::address_hook_>,
                             boost::intrusive::constant_time_size<false>>;

  struct Address {
    std::string name;
    size_t connections = 0;  // those that were not evicted
    size_t entries = 0;
    AddressList idle;  // the longest first
  };

  void Unlink(Entry* entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Evict(Entry* entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MakeRoom(Address& address) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_;
  const size_t max_per_address_;
  Clock* const clock_;
  LineLimiter refused_lines_{tuning::kRefusedConnectionLinesPerSecond};

  mutable absl::Mutex mutex_;
  size_t connections_ ABSL_GUARDED_BY(mutex_) = 0;  // those that were not evicted
  size_t closing_ ABSL_GUARDED_BY(mutex_) = 0;      // evicted, but not removed
  IdleList idle_ ABSL_GUARDED_BY(mutex_);           // the longest first
  absl::node_hash_map<std::string, Address> addresses_ ABSL_GUARDED_BY(mutex_);
  Figures figures_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_CONNECTION_TABLE_H_
