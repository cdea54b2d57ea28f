// One method of the API, as a transport serves it: what it is called, who may call it, and what handles it.
//
// Thread-safe once made. A method's handler is a member function of one of the services beside this file,
// bound by Unary, ServerStreaming or BidiStreaming.
#ifndef HOOKD_API_METHOD_H_
#define HOOKD_API_METHOD_H_

#include <functional>
#include <memory>
#include <variant>

#include "absl/status/statusor.h"
#include "api/call.h"
#include "api/stream.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace hookd {

// Each checks that the request's project is one of the caller's before it calls the handler.
using UnaryHandler = std::function<void(const CallContext& context, const google::protobuf::Message& request,
                                        UnaryCall* call)>;
// An error ends the call. The sink is not used before Start.
using ServerStreamingHandler = std::function<absl::StatusOr<std::shared_ptr<ResponseStream>>(
    const CallContext& context, const google::protobuf::Message& request, ResponseSink* sink)>;
// As above; the stream checks the projects of its requests itself.
using BidiStreamingHandler = std::function<absl::StatusOr<std::shared_ptr<RequestStream>>(
    const CallContext& context, RequestSource* source)>;

struct Method {
  const google::protobuf::MethodDescriptor* descriptor;
  const google::protobuf::Message* request;  // an empty one
  Role role;                                 // that the caller's token must have
  std::variant<UnaryHandler, ServerStreamingHandler, BidiStreamingHandler> handler;
};

template <typename Service, typename Request, typename Response>
UnaryHandler Unary(Service* service,
                   void (Service::*handler)(const CallContext&, const Request&, Reply<Response>)) {
  return [service, handler](const CallContext& context, const google::protobuf::Message& message,
                            UnaryCall* call) {
    const auto& request = static_cast<const Request&>(message);
    const Reply<Response> reply(call);
    if (const absl::Status granted = CheckProject(context.access, request); !granted.ok()) {
      return reply.Fail(granted);
    }
    (service->*handler)(context, request, reply);
  };
}

template <typename Service, typename Request>
ServerStreamingHandler ServerStreaming(Service* service,
                                       absl::StatusOr<std::shared_ptr<ResponseStream>> (Service::*handler)(
                                           const CallContext&, const Request&, ResponseSink*)) {
  return [service, handler](const CallContext& context, const google::protobuf::Message& message,
                            ResponseSink* sink) -> absl::StatusOr<std::shared_ptr<ResponseStream>> {
    const auto& request = static_cast<const Request&>(message);
    if (absl::Status granted = CheckProject(context.access, request); !granted.ok()) return granted;
    return (service->*handler)(context, request, sink);
  };
}

template <typename Service>
BidiStreamingHandler BidiStreaming(
    Service* service,
    absl::StatusOr<std::shared_ptr<RequestStream>> (Service::*handler)(const CallContext&, RequestSource*)) {
  return [service, handler](const CallContext& context, RequestSource* source) {
    return (service->*handler)(context, source);
  };
}

}  // namespace hookd

#endif  // HOOKD_API_METHOD_H_
