// One service of the API, served over gRPC: the methods of the service in the API's table.
//
// Thread-safe. gRPC calls the methods, which do not block.
#ifndef HOOKD_GRPC_API_SERVICE_H_
#define HOOKD_GRPC_API_SERVICE_H_

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "api/api.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/impl/codegen/service_type.h"

namespace hookd {

class ApiService : public grpc::Service {
 public:
  // The API must outlive the service and its calls.
  ApiService(const Api& api, const google::protobuf::ServiceDescriptor& service);

 private:
  void Add(const Api& api, const Method& method);

  std::deque<std::string> paths_;  // of the methods; gRPC keeps pointers to them
};

// Returns every service of the API, for grpc::ServerBuilder::RegisterService.
std::vector<std::unique_ptr<ApiService>> MakeApiServices(const Api& api);

}  // namespace hookd

#endif  // HOOKD_GRPC_API_SERVICE_H_
