#include "grpc/grpc_status.h"

#include <string>

#include "api/status.h"
#include "google/rpc/status.pb.h"

namespace hookd {

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status details;
  ToProto(status, details);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),  // both have the same numbers
                      std::string(status.message()), details.SerializeAsString());
}

}  // namespace hookd
