// hookd.v1.AdminService (protos/hookd/v1/admin_service.proto): validate, one domain call, convert.
//
// Thread-safe; owns none of the objects it is given. No handler blocks: a backup runs on a separate thread,
// one at a time.
#ifndef HOOKD_API_HANDLERS_ADMIN_SERVICE_H_
#define HOOKD_API_HANDLERS_ADMIN_SERVICE_H_

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "api/call.h"
#include "api/handlers/backup_stream.h"
#include "api/stream.h"
#include "hookd/v1/admin_service.pb.h"
#include "store/cluster.h"
#include "store/store.h"

namespace hookd {

class AdminService {
 public:
  // Passes every process on the store to `done`, which is called once, on any thread, and must not block.
  // Does not block.
  using NodeLister =
      std::function<void(std::function<void(absl::StatusOr<std::vector<Cluster::Node>>)> done)>;

  // Returns what this process is and does. Fast; thread-safe.
  using ServerReader = std::function<absl::StatusOr<v1::Server>()>;

  // The store must outlive the service, and the service its calls.
  AdminService(Store* store, NodeLister list_nodes, ServerReader read_server)
      : backups_(store), list_nodes_(std::move(list_nodes)), read_server_(std::move(read_server)) {}

  void ListNodes(const CallContext& context, const v1::ListNodesRequest& request,
                 Reply<v1::ListNodesResponse> reply);
  void GetServer(const CallContext& context, const v1::GetServerRequest& request, Reply<v1::Server> reply);
  absl::StatusOr<std::shared_ptr<ResponseStream>> Backup(const CallContext& context,
                                                         const v1::BackupRequest& request,
                                                         ResponseSink* sink);

  // Waits for the end of the backup in progress. Call it before the store is closed.
  void AwaitBackup() { backups_.Await(); }

 private:
  Backups backups_;
  const NodeLister list_nodes_;
  const ServerReader read_server_;
};

}  // namespace hookd

#endif  // HOOKD_API_HANDLERS_ADMIN_SERVICE_H_
