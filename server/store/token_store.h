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
  // Stores a new token; key and create time are set by the store. An empty `id` becomes EncodeId(key).
  // ALREADY_EXISTS if there is one of that id.
  virtual void CreateToken(Token token, Done<absl::StatusOr<Token>> done) = 0;

  // Deletes it. NOT_FOUND if there is none.
  virtual void DeleteToken(std::string id, Done<absl::StatusOr<Token>> done) = 0;

  // Notes when a token was last used. May be lost in a crash shortly after; one that is gone is no error.
  virtual void SetTokenUsed(int64_t key, absl::Time time) = 0;

  // Every token there is, in no order. Blocks: for start-up.
  virtual absl::StatusOr<std::vector<Token>> LoadTokens() = 0;

 protected:
  virtual ~TokenStore() = default;
};

}  // namespace hookd

#endif  // HOOKD_STORE_TOKEN_STORE_H_
