#include "rpc/admin_service.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "rpc/common_fields.h"
#include "rpc/delivery_conversion.h"
#include "rpc/field_violations.h"
#include "rpc/page_token.h"
#include "rpc/status.h"
#include "rpc/unary_call.h"

namespace hookd {
namespace {

constexpr char kListNodesQuery[] = "ListNodes";

void NodeToProto(const Cluster::Node& node, v1::Node& proto) {
  proto.set_name(absl::StrCat("nodes/", node.id));
  proto.set_address(node.address);
  proto.set_version(node.version);
  ToProto(node.start_time, *proto.mutable_start_time());
  ToProto(node.heartbeat_time, *proto.mutable_heartbeat_time());
  proto.set_shard_count(node.shards);
  proto.set_waiting_delivery_count(node.figures.waiting);
  ToProto(node.figures.oldest_waiting, *proto.mutable_oldest_waiting());
  proto.set_attempts_in_flight(node.figures.in_flight);
}

}  // namespace

// One call. Its thread runs the backup and waits for each write; gRPC calls the On*. Deletes itself.
class AdminService::BackupCall : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  // Gives the next piece to the caller; false if nobody is there any more.
  bool Write(absl::string_view data, int64_t total) ABSL_LOCKS_EXCLUDED(mutex_) {
    if (!data.empty()) {
      response_.set_data(data.data(), data.size());
      response_.set_total_bytes(total);
      bool own_buffer;
      response_bytes_.Clear();
      grpc::SerializationTraits<v1::BackupResponse>::Serialize(response_, &response_bytes_, &own_buffer);
      {
        absl::MutexLock lock(&mutex_);
        writing_ = true;
      }
      StartWrite(&response_bytes_);
    }
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](bool* writing) { return !*writing; }, &writing_));
    return !gone_;
  }

  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) gone_ = true;
  }
  void OnCancel() override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    gone_ = true;
  }
  void OnDone() override { delete this; }

 private:
  v1::BackupResponse response_;  // these two are the thread's
  grpc::ByteBuffer response_bytes_;

  absl::Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
};

AdminService::~AdminService() {
  std::thread last;
  {
    absl::MutexLock lock(&mutex_);
    last = std::move(backup_);
  }
  if (last.joinable()) last.join();
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* AdminService::Backup(grpc::CallbackServerContext* context,
                                                                 const grpc::ByteBuffer* request) {
  auto* call = new BackupCall;
  v1::BackupRequest nothing;
  CallerAccess access;
  grpc::Status status = CallerAccess::Admit(callers_, *context, Role::kAdmin, access);
  if (status.ok()) status = access.CheckAllProjects();
  if (status.ok()) status = ParseRequest(*request, nothing);
  if (!status.ok()) {
    call->Finish(status);
    return call;
  }
  absl::MutexLock lock(&mutex_);
  if (backing_up_) {
    call->Finish(ToGrpc(absl::ResourceExhaustedError("a backup is under way already: wait for its end")));
    return call;
  }
  if (backup_.joinable()) backup_.join();
  backing_up_ = true;
  backup_ = std::thread([this, call] {
    const absl::Status written = hookd::Backup(
        store_->backup(), [call](absl::string_view data, int64_t total) { return call->Write(data, total); });
    {
      absl::MutexLock done(&mutex_);
      backing_up_ = false;
    }
    call->Finish(ToGrpc(written));
  });
  return call;
}

grpc::ServerUnaryReactor* AdminService::ListNodes(grpc::CallbackServerContext* context,
                                                  const grpc::ByteBuffer* request,
                                                  grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::ListNodesRequest, v1::ListNodesResponse>;
  return Call::Start(callers_, Role::kAdmin, context, request, response, [this](Call* call) {
    FieldViolations violations;
    const auto size = static_cast<size_t>(ReadPageSize(call->request().page_size(), violations));
    const auto after_id = ReadToken(kListNodesQuery, call->request().page_token(), violations);
    if (!violations.empty()) return call->Fail(violations.ToStatus());
    list_nodes_([call, size, after_id](absl::StatusOr<std::vector<Cluster::Node>> nodes) {
      if (!nodes.ok()) return call->Fail(ToGrpc(nodes.status()));
      std::erase_if(*nodes, [&](const Cluster::Node& node) { return node.id <= after_id.value_or(""); });
      std::sort(nodes->begin(), nodes->end(), [](const auto& a, const auto& b) { return a.id < b.id; });
      const bool more = nodes->size() > size;
      if (more) nodes->resize(size);
      for (const Cluster::Node& node : *nodes) NodeToProto(node, *call->response().add_nodes());
      if (more) call->response().set_next_page_token(MakePageToken(kListNodesQuery, nodes->back().id));
      call->Answer();
    });
  });
}

}  // namespace hookd
