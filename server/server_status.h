// What AdminService.GetServer answers: what this process is, how it is set up, and what it has to do. The
// load is read from the same sources as the metrics (server_metrics.h), at each call; nothing is counted for
// it.
//
// Thread-safe; no method blocks. Owns none of the sources.
#ifndef HOOKD_SERVER_STATUS_H_
#define HOOKD_SERVER_STATUS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "api/api.h"
#include "cluster_node.h"
#include "delivery/engine.h"
#include "grpc/limits/caller_connections.h"
#include "health.h"
#include "hookd/v1/server.pb.h"
#include "http/http_client.h"
#include "setting.h"
#include "store/store.h"
#include "store_bytes.h"

namespace hookd {

class WebServer;

class ServerStatus {
 public:
  struct Parts {
    const Health* health;
    const ClusterNode* node;
    Engine* engine;
    Store* store;
    const HttpClient* http;
    Clock* clock;
    std::string store_location;  // without a password
    int64_t max_store_bytes;     // 0: limited only by the disk
    int64_t min_free_bytes;
    std::vector<Setting> settings;
  };

  // All of them must exist until Stop has returned.
  explicit ServerStatus(Parts parts);

  // The transports exist from now on, until Stop has returned. `web` may be null.
  void SetApi(const Api* api) ABSL_LOCKS_EXCLUDED(mutex_);
  void SetGrpc(const CallerConnections* connections) ABSL_LOCKS_EXCLUDED(mutex_);
  void SetWeb(const WebServer* web) ABSL_LOCKS_EXCLUDED(mutex_);

  // UNAVAILABLE once it was stopped.
  absl::StatusOr<v1::Server> Read() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Uses no source any more. Call it before any of them is destroyed.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void FillStore(v1::ServerStore& store) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FillLoad(v1::ServerLoad& load) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Parts parts_;
  mutable absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<StoreBytes> store_bytes_ ABSL_GUARDED_BY(mutex_);  // null if the store is on this machine
  const Api* api_ ABSL_GUARDED_BY(mutex_) = nullptr;
  const CallerConnections* grpc_ ABSL_GUARDED_BY(mutex_) = nullptr;
  const WebServer* web_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace hookd

#endif  // HOOKD_SERVER_STATUS_H_
