// The notices that hookd processes on one PostgreSQL send each other with NOTIFY: texts of less than 8,000
// bytes. A lost notice only costs time: the tables have the same information, and are read a little later.
//
// Not thread-safe.
#ifndef HOOKD_STORE_POSTGRES_CLUSTER_NOTICES_H_
#define HOOKD_STORE_POSTGRES_CLUSTER_NOTICES_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "store/cluster.h"

namespace hookd {

// The content of a notice.
struct PostgresNotice {
  struct WaitAgain {
    std::string project;
    int64_t webhook_key = 0;
    int64_t count = 0;
    absl::Time due;
  };
  struct Known {
    int slot = 0;
    int64_t webhook_key = 0;
    int64_t revision = 0;
  };
  std::vector<Cluster::Arrival> arrivals;
  std::vector<WaitAgain> wait_again;
  bool configuration = false;  // a webhook or a token has changed
  std::vector<Known> known;
  bool nodes = false;  // a process joined or left, or shards are free
};

// Gathers the notices of a transaction.
class PostgresNotices {
 public:
  // A delivery was stored. Keys of a webhook ascend.
  void Arrived(const std::string& project, int64_t webhook_key, int64_t key);
  void WaitsAgain(const std::string& project, int64_t webhook_key, absl::Time due);
  void ConfigurationChanged() { configuration_ = true; }
  // The process of that slot knows of a webhook's revision.
  void Knows(int slot, int64_t webhook_key, int64_t revision) {
    known_.push_back({slot, webhook_key, revision});
  }

  // Removes and returns the texts.
  std::vector<std::string> Take();

 private:
  std::map<int64_t, Cluster::Arrival> arrivals_;
  std::map<int64_t, PostgresNotice::WaitAgain> wait_again_;
  bool configuration_ = false;
  std::vector<PostgresNotice::Known> known_;
};

// The notice that a process joined or left, or shards are free.
inline constexpr char kNodesNotice[] = "n";

// Parses a text; ignores what this version does not know.
PostgresNotice ReadNotice(absl::string_view text);

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_CLUSTER_NOTICES_H_
