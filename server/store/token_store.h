// The part of the store that keeps tokens. See store.h for what holds for every part.
#ifndef HOOKD_STORE_TOKEN_STORE_H_
#define HOOKD_STORE_TOKEN_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/done.h"
#include "store/records.h"

namespace hookd {

class TokenStore {
 public:
  // Stores a new token. The store sets key and create time; an empty `id` becomes EncodeId(key).
  // ALREADY_EXISTS if there is a token with that id.
  virtual void CreateToken(Token token, Done<absl::StatusOr<Token>> done) = 0;

  // Deletes the token, and answers with it. NOT_FOUND if there is no such token.
  virtual void DeleteToken(std::string id, Done<absl::StatusOr<Token>> done) = 0;

  // Stores when a token was last used. A crash shortly afterwards may lose it. Does nothing if it is gone.
  virtual void SetTokenUsed(int64_t key, absl::Time time) = 0;

  // All tokens, in no particular order. Blocks: for the start.
  virtual absl::StatusOr<std::vector<Token>> LoadTokens() = 0;

 protected:
  virtual ~TokenStore() = default;
};

}  // namespace hookd

#endif  // HOOKD_STORE_TOKEN_STORE_H_
