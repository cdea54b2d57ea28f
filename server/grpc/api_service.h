// One service of the API on gRPC: its methods are the lines of the API's table that are of it.
//
// Thread-safe. gRPC calls the methods.
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

  std::deque<std::string> paths_;  // which gRPC keeps pointers to
};

// Every service of the API, for grpc::ServerBuilder::RegisterService.
std::vector<std::unique_ptr<ApiService>> MakeApiServices(const Api& api);

}  // namespace hookd

#endif  // HOOKD_GRPC_API_SERVICE_H_
