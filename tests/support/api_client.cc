#include "tests/support/api_client.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/impl/codegen/client_unary_call.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/sync_stream.h"
#include "hookd/v1/admin_service.pb.h"
#include "hookd/v1/delivery_service.pb.h"
#include "hookd/v1/event_service.pb.h"
#include "hookd/v1/token_service.pb.h"
#include "hookd/v1/webhook_service.pb.h"

namespace hookd {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status proto;
  if (!proto.ParseFromString(status.error_details()) || proto.code() == 0) {
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  }
  return FromProto(proto);
}

std::string PathOf(const MethodDescriptor& method) {
  return absl::StrCat("/", method.service()->full_name(), "/", method.name());
}

class GrpcStream : public ApiClient::Stream {
 public:
  GrpcStream(grpc::ChannelInterface* channel, const MethodDescriptor& method, const Message& request,
             const std::string& token)
      : path_(PathOf(method)), method_(path_.c_str(), grpc::internal::RpcMethod::SERVER_STREAMING) {
    if (!token.empty()) context_.AddMetadata("authorization", "Bearer " + token);
    reader_.reset(grpc::internal::ClientReaderFactory<Message>::Create(channel, method_, &context_, request));
  }
  ~GrpcStream() override {
    if (finished_) return;
    Cancel();
    Finish().IgnoreError();
  }

  bool Read(Message* response) override { return reader_->Read(response); }
  void Cancel() override { context_.TryCancel(); }
  absl::Status Finish() override {
    finished_ = true;
    return FromGrpc(reader_->Finish());
  }

 private:
  const std::string path_;
  const grpc::internal::RpcMethod method_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<Message>> reader_;
  bool finished_ = false;
};

class GrpcApiClient : public ApiClient {
 public:
  GrpcApiClient(std::shared_ptr<grpc::Channel> channel, const std::string& token)
      : channel_(std::move(channel)), token_(token) {}

  absl::Status Call(absl::string_view method, const Message& request, Message* response) override {
    const std::string path = PathOf(FindApiMethod(method));
    const grpc::internal::RpcMethod rpc(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC, channel_);
    grpc::ClientContext context;
    if (!token_.empty()) context.AddMetadata("authorization", "Bearer " + token_);
    return FromGrpc(grpc::internal::BlockingUnaryCall<Message, Message, Message, Message>(
        channel_.get(), rpc, &context, request, response));
  }

  std::unique_ptr<Stream> Open(absl::string_view method, const Message& request) override {
    return std::make_unique<GrpcStream>(channel_.get(), FindApiMethod(method), request, token_);
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::string token_;
};

}  // namespace

std::unique_ptr<ApiClient> MakeGrpcApiClient(std::shared_ptr<grpc::Channel> channel,
                                             const std::string& token) {
  return std::make_unique<GrpcApiClient>(std::move(channel), token);
}

const MethodDescriptor& FindApiMethod(absl::string_view method) {
  // Their descriptors must be linked.
  static const bool linked = [] {
    return v1::EmitEventRequest::descriptor() != nullptr &&
           v1::CreateWebhookRequest::descriptor() != nullptr &&
           v1::GetDeliveryRequest::descriptor() != nullptr &&
           v1::CreateTokenRequest::descriptor() != nullptr && v1::BackupRequest::descriptor() != nullptr;
  }();
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(absl::StrCat("hookd.v1.", method));
  if (!linked || descriptor == nullptr)
    std::abort();  // the test has the name of a method that does not exist
  return *descriptor;
}

absl::Status FromProto(const google::rpc::Status& proto) {
  absl::Status status(static_cast<absl::StatusCode>(proto.code()), proto.message());
  for (const auto& detail : proto.details()) status.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  return status;
}

std::vector<std::string> FindViolations(const absl::Status& error) {
  std::vector<std::string> violations;
  const auto bad_request = FindDetail<google::rpc::BadRequest>(error);
  for (const auto& violation : bad_request.field_violations()) {
    violations.push_back(absl::StrCat(violation.field(), ": ", violation.description()));
  }
  return violations;
}

std::vector<std::string> FindFields(const absl::Status& error) {
  std::vector<std::string> fields;
  const auto bad_request = FindDetail<google::rpc::BadRequest>(error);
  for (const auto& violation : bad_request.field_violations()) {
    fields.push_back(violation.field());
  }
  return fields;
}

}  // namespace hookd
