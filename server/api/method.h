// One method of the API as a transport serves it: its descriptor, the role that it requires, and its handler.
//
// Immutable and so thread-safe. A handler is a member function of one of the services in this folder, bound
// by Unary, ServerStreaming or BidiStreaming.
#ifndef HOOKD_API_METHOD_H_
#define HOOKD_API_METHOD_H_

#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "absl/status/statusor.h"
#include "api/call.h"
#include "api/stream.h"
#include "base/status_macros.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace hookd {

// Handles a unary call. Unary checks first that the caller may access the request's project.
using UnaryHandler = std::function<void(const CallContext& context, const google::protobuf::Message& request,
                                        UnaryCall* call)>;
// Opens a stream of responses. An error ends the call. The sink is not used before Start.
using ServerStreamingHandler = std::function<absl::StatusOr<std::shared_ptr<ResponseStream>>(
    const CallContext& context, const google::protobuf::Message& request, ResponseSink* sink)>;
// Opens a stream of requests and responses, which checks the project of each request itself.
using BidiStreamingHandler = std::function<absl::StatusOr<std::shared_ptr<RequestStream>>(
    const CallContext& context, RequestSource* source)>;

struct Method {
  const google::protobuf::MethodDescriptor* descriptor;
  const google::protobuf::Message* request;  // an empty message of the request's type
  std::optional<Role> role;                  // required of the caller's token; unset: none
  std::variant<UnaryHandler, ServerStreamingHandler, BidiStreamingHandler> handler;
};

template <typename Service, typename Request, typename Response>
UnaryHandler Unary(Service* service,
                   void (Service::*handler)(const CallContext&, const Request&, Reply<Response>)) {
  return [service, handler](const CallContext& context, const google::protobuf::Message& message,
                            UnaryCall* call) {
    const auto& request = static_cast<const Request&>(message);
    const Reply<Response> reply(call);
    const absl::Status allowed = CheckProject(context.access, request);
    if (!allowed.ok()) return reply.Fail(allowed);
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
    HOOKD_RETURN_IF_ERROR(CheckProject(context.access, request));
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
