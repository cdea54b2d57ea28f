// Authentication and authorization by tokens. Holds the tokens of the store and of the tokens file in memory.
//
// A caller authenticates with a token's secret, of which hookd stores only the SHA-256, or with a client
// certificate that a token names. A lookup copies a pointer under a lock and makes no query. A token that is
// deleted or has expired is invalid at once, also for calls in flight: they check Grant::valid when OnVoid
// notifies them.
//
// Thread-safe. Only Start blocks. `done` is called once, on a thread of the store or from within the call,
// and must not block.
#ifndef HOOKD_ACCESS_TOKENS_H_
#define HOOKD_ACCESS_TOKENS_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/rate_limiter.h"
#include "store/token_store.h"

namespace hookd {

// The permissions of one token. Thread-safe.
class Grant {
 public:
  explicit Grant(Token token) : token_(std::move(token)) {}

  const Token& token() const { return token_; }

  // The token for callers, with the last use that the store may not have yet.
  Token Shown() const;

  // Whether the token is neither deleted nor expired.
  bool valid(absl::Time now) const { return !deleted_ && (!token_.expire_time || now < *token_.expire_time); }

  // Whether the token has the role or one that includes it: ADMIN includes all roles, MANAGE includes READ.
  bool has_role(Role role) const;
  bool has_project(absl::string_view project) const;
  bool has_all_projects() const;

  // Counts a request. Returns false if it exceeds the token's rate limit.
  bool TakeTurn(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class Tokens;

  const Token token_;
  std::atomic<bool> deleted_ = false;
  std::atomic<int64_t> last_used_us_ = 0;    // in this process; 0: never
  absl::Time noted_ = absl::InfinitePast();  // the last use that the store has; guarded by Tokens
  absl::Mutex mutex_;
  RateLimiter limiter_ ABSL_GUARDED_BY(mutex_);
};

// Returns the SHA-256 of a secret, as in Token::secret_hash.
std::string HashSecret(absl::string_view secret);

class Tokens {
 public:
  // The store and the clock must outlive the object and its calls.
  Tokens(TokenStore* store, Clock* clock);
  ~Tokens();

  // Requires every caller to authenticate. Call it before the first request.
  void Require() { required_ = true; }
  bool required() const { return required_; }

  // Sets a callback that runs whenever tokens may have become invalid, so that calls in flight can check
  // theirs: when a token is deleted, when the tokens of the file are replaced, and every
  // limits::kTokensLookedAt for expired ones. It must not block. Call it before the first request.
  void OnVoid(std::function<void()> on_void) { on_void_ = std::move(on_void); }

  // Loads the tokens of the store. Call it once, before the first request.
  absl::Status Start() ABSL_LOCKS_EXCLUDED(mutex_);

  // Replaces the tokens of the file; their key is 0. See bootstrap_tokens.h.
  void SetBootstrap(std::vector<Token> tokens) ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns the permissions of a secret, or of the name in a certificate, and records the use; null if it is
  // invalid.
  std::shared_ptr<Grant> FindBySecret(absl::string_view secret) ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<Grant> FindByIdentity(absl::string_view identity) ABSL_LOCKS_EXCLUDED(mutex_);

  // As TokenStore::CreateToken.
  void Create(Token token, std::function<void(absl::StatusOr<Token>)> done);
  // As TokenStore::DeleteToken. The token is invalid before `done` is called.
  void Delete(const std::string& id, std::function<void(absl::Status)> done);

  // Changes by this or another process, as in Cluster::Listener.
  void OnCreated(const Token& token) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnDeleted(int64_t key) ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns a token of the store, or NOT_FOUND; or a page of them with ids above `after_id`, by id. Excludes
  // the file.
  absl::StatusOr<Token> Get(absl::string_view id) const ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<Token> List(absl::string_view after_id, int limit) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Grants = absl::flat_hash_map<std::string, std::shared_ptr<Grant>>;

  void Add(const Token& token) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(const Grant& grant) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Invalidates a token of the store.
  void Void(absl::btree_map<std::string, std::shared_ptr<Grant>>::iterator place)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<Grant> Find(const Grants& grants, const std::string& key)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Runs every limits::kTokensLookedAt.
  void CheckAll() ABSL_LOCKS_EXCLUDED(mutex_);
  // Writes the times of last use to the store.
  void SaveUses() ABSL_LOCKS_EXCLUDED(mutex_);

  TokenStore* const store_;
  Clock* const clock_;
  bool required_ = false;
  std::function<void()> on_void_ = [] {};
  mutable absl::Mutex mutex_;
  absl::btree_map<std::string, std::shared_ptr<Grant>> by_id_ ABSL_GUARDED_BY(mutex_);  // of the store
  Grants by_hash_ ABSL_GUARDED_BY(mutex_);
  Grants by_identity_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Grant>> bootstrap_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Timer> timer_;  // last: calls CheckAll
};

}  // namespace hookd

#endif  // HOOKD_ACCESS_TOKENS_H_
