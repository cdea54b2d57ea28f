// hookd.v1.TokenService (protos/hookd/v1/token_service.proto): parse, validate, one domain call, convert.
//
// Thread-safe; owns nothing it is given. No method blocks.
#ifndef HOOKD_RPC_TOKEN_SERVICE_H_
#define HOOKD_RPC_TOKEN_SERVICE_H_

#include "hookd/v1/token_service.grpc.pb.h"
#include "rpc/caller_access.h"

namespace hookd {

// Raw methods throughout; see unary_call.h.
using RawTokenService = v1::TokenService::WithRawCallbackMethod_CreateToken<
    v1::TokenService::WithRawCallbackMethod_GetToken<v1::TokenService::WithRawCallbackMethod_ListTokens<
        v1::TokenService::WithRawCallbackMethod_DeleteToken<v1::TokenService::Service>>>>;

class TokenService : public RawTokenService {
 public:
  // All must outlive the service and its calls.
  TokenService(const Callers& callers, Tokens* tokens, Clock* clock)
      : callers_(callers), tokens_(tokens), clock_(clock) {}

  grpc::ServerUnaryReactor* CreateToken(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* GetToken(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListTokens(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* DeleteToken(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;

 private:
  const Callers callers_;
  Tokens* const tokens_;
  Clock* const clock_;
};

}  // namespace hookd

#endif  // HOOKD_RPC_TOKEN_SERVICE_H_
