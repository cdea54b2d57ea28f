// hookd.v1.TokenService (protos/hookd/v1/token_service.proto): validate, one domain call, convert.
//
// Thread-safe; owns none of the objects it is given. No handler blocks; each replies once, on any thread.
#ifndef HOOKD_API_HANDLERS_TOKEN_SERVICE_H_
#define HOOKD_API_HANDLERS_TOKEN_SERVICE_H_

#include "access/tokens.h"
#include "api/call.h"
#include "base/clock.h"
#include "google/protobuf/empty.pb.h"
#include "hookd/v1/token_service.pb.h"

namespace hookd {

class TokenService {
 public:
  // Both must outlive the service and its calls.
  TokenService(Tokens* tokens, Clock* clock) : tokens_(tokens), clock_(clock) {}

  void CreateToken(const CallContext& context, const v1::CreateTokenRequest& request, Reply<v1::Token> reply);
  void GetToken(const CallContext& context, const v1::GetTokenRequest& request, Reply<v1::Token> reply);
  void GetCurrentToken(const CallContext& context, const v1::GetCurrentTokenRequest& request,
                       Reply<v1::Token> reply);
  void ListTokens(const CallContext& context, const v1::ListTokensRequest& request,
                  Reply<v1::ListTokensResponse> reply);
  void DeleteToken(const CallContext& context, const v1::DeleteTokenRequest& request,
                   Reply<google::protobuf::Empty> reply);

 private:
  Tokens* const tokens_;
  Clock* const clock_;
};

}  // namespace hookd

#endif  // HOOKD_API_HANDLERS_TOKEN_SERVICE_H_
