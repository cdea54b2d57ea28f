// hookd.v1.AdminService (protos/hookd/v1/admin_service.proto).
//
// Thread-safe; owns nothing it is given. No method blocks: a backup runs on a thread of its own, one at a
// time.
#ifndef HOOKD_RPC_ADMIN_SERVICE_H_
#define HOOKD_RPC_ADMIN_SERVICE_H_

#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "hookd/v1/admin_service.grpc.pb.h"
#include "rpc/caller_access.h"
#include "store/cluster.h"
#include "store/store.h"

namespace hookd {

using RawAdminService = v1::AdminService::WithRawCallbackMethod_Backup<
    v1::AdminService::WithRawCallbackMethod_ListNodes<v1::AdminService::Service>>;

class AdminService : public RawAdminService {
 public:
  // Gives every process on the store. Does not block; `done` is called once, on any thread, and must not
  // block.
  using NodeLister =
      std::function<void(std::function<void(absl::StatusOr<std::vector<Cluster::Node>>)> done)>;

  // The store must outlive the service, and the service its calls. For callers with the role ADMIN in all
  // projects.
  AdminService(const Callers& callers, Store* store, NodeLister list_nodes)
      : callers_(callers), store_(store), list_nodes_(std::move(list_nodes)) {}
  ~AdminService() override;

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Backup(grpc::CallbackServerContext* context,
                                                     const grpc::ByteBuffer* request) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  grpc::ServerUnaryReactor* ListNodes(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override;

 private:
  class BackupCall;

  const Callers callers_;
  Store* const store_;
  const NodeLister list_nodes_;

  absl::Mutex mutex_;
  bool backing_up_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread backup_ ABSL_GUARDED_BY(mutex_);  // has ended, or is about to, when not `backing_up_`
};

}  // namespace hookd

#endif  // HOOKD_RPC_ADMIN_SERVICE_H_
