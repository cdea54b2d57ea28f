// Who may call, and what: tokens, in memory as the store has them, and those of a file beside it.
//
// A caller shows a token's secret, of which hookd keeps the SHA-256 alone, or a certificate that a token
// names. Looking one up copies a pointer under a lock and queries nothing. One that is deleted, or has
// expired, is void from that moment, also for calls that are under way: they ask Grant::valid, and are told
// when to by OnVoid.
//
// Thread-safe; owns nothing it is given. No method blocks but Start; `done` is called once, on a thread of
// the store's or from within the call, and must not block.
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

// What one token grants, to all who show it. Thread-safe.
class Grant {
 public:
  explicit Grant(Token token) : token_(std::move(token)) {}

  const Token& token() const { return token_; }

  // Whether it is neither deleted nor expired.
  bool valid(absl::Time now) const { return !deleted_ && (!token_.expire_time || now < *token_.expire_time); }

  // Whether it has the role, or one that includes it: ADMIN includes all, MANAGE includes READ.
  bool has_role(Role role) const;
  bool has_project(absl::string_view project) const;
  bool has_all_projects() const;

  // A request comes: false if that is over the token's rate.
  bool TakeTurn(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class Tokens;

  const Token token_;
  std::atomic<bool> deleted_ = false;
  std::atomic<int64_t> last_used_us_ = 0;    // in this process; 0: never
  absl::Time noted_ = absl::InfinitePast();  // of that, what the store was told; Tokens guards it
  absl::Mutex mutex_;
  RateLimiter limiter_ ABSL_GUARDED_BY(mutex_);
};

// The SHA-256 of a secret, as Token::secret_hash has it.
std::string HashSecret(absl::string_view secret);

class Tokens {
 public:
  // Both must outlive the Tokens and its calls.
  Tokens(TokenStore* store, Clock* clock);
  ~Tokens();

  // Whether callers have to show one. Before the first call.
  void Require() { required_ = true; }
  bool required() const { return required_; }

  // `told` is called whenever tokens may have become void, so that calls under way that wait for something
  // else can look: when one is deleted, when those of the file are replaced, and every
  // limits::kTokensLookedAt for those that expire. It must not block. Before the first call.
  void OnVoid(std::function<void()> told) { told_ = std::move(told); }

  // Takes up what the store has. Once, before the first call.
  absl::Status Start() ABSL_LOCKS_EXCLUDED(mutex_);

  // The tokens of the file from now on, in place of those it had before; their key is 0. See
  // bootstrap_tokens.h.
  void SetBootstrap(std::vector<Token> tokens) ABSL_LOCKS_EXCLUDED(mutex_);

  // What a secret, or a certificate's name, grants; null if nothing. Notes that it was used.
  std::shared_ptr<Grant> FindBySecret(absl::string_view secret) ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<Grant> FindByIdentity(absl::string_view identity) ABSL_LOCKS_EXCLUDED(mutex_);

  // As TokenStore::CreateToken.
  void Create(Token token, std::function<void(absl::StatusOr<Token>)> done);
  // As TokenStore::DeleteToken; void before `done` is called.
  void Delete(const std::string& id, std::function<void(absl::Status)> done);

  // As Cluster::Listener has them: other processes made the change, or this one.
  void OnCreated(const Token& token) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnDeleted(int64_t key) ABSL_LOCKS_EXCLUDED(mutex_);

  // Of the store: one, or a page of those with ids above `after_id`, by id. Without those of the file.
  absl::StatusOr<Token> Get(absl::string_view id) const ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<Token> List(absl::string_view after_id, int limit) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Grants = absl::flat_hash_map<std::string, std::shared_ptr<Grant>>;

  void Add(const Token& token) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(const Grant& grant) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // One of the store, by its place in by_id_, is void from now on.
  void Void(absl::btree_map<std::string, std::shared_ptr<Grant>>::iterator place)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<Grant> Find(const Grants& grants, const std::string& key)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // As shown: with the last use that the store may not have yet.
  static Token Shown(const Grant& grant);
  // Every limits::kTokensLookedAt.
  void LookAtAll() ABSL_LOCKS_EXCLUDED(mutex_);
  // Notes last uses in the store.
  void NoteUses() ABSL_LOCKS_EXCLUDED(mutex_);

  TokenStore* const store_;
  Clock* const clock_;
  bool required_ = false;
  std::function<void()> told_ = [] {};
  mutable absl::Mutex mutex_;
  absl::btree_map<std::string, std::shared_ptr<Grant>> by_id_ ABSL_GUARDED_BY(mutex_);  // of the store
  Grants by_hash_ ABSL_GUARDED_BY(mutex_);
  Grants by_identity_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Grant>> bootstrap_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Timer> timer_;  // last: calls LookAtAll
};

}  // namespace hookd

#endif  // HOOKD_ACCESS_TOKENS_H_
