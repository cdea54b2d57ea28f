#include "access/tokens.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base/log.h"
#include "store/store_errors.h"

namespace hookd {
namespace {

constexpr char kAllProjects[] = "*";

}  // namespace

std::string HashSecret(absl::string_view secret) {
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

bool Grant::has_role(Role role) const {
  const auto has = [this](Role one) { return token_.roles[static_cast<size_t>(one)]; };
  return has(role) || has(Role::kAdmin) || (role == Role::kRead && has(Role::kManage));
}

bool Grant::has_project(absl::string_view project) const {
  return std::any_of(token_.projects.begin(), token_.projects.end(),
                     [&](const std::string& each) { return each == kAllProjects || each == project; });
}

bool Grant::has_all_projects() const { return token_.projects == std::vector<std::string>{kAllProjects}; }

Token Grant::Shown() const {
  Token token = token_;
  if (last_used_us_ != 0) token.last_used_time = absl::FromUnixMicros(last_used_us_);
  return token;
}

bool Grant::TakeTurn(absl::Time now) {
  if (!token_.rate_limit.has_value()) return true;
  absl::MutexLock lock(&mutex_);
  if (limiter_.ReadyAt(*token_.rate_limit) > now) return false;
  limiter_.Take(*token_.rate_limit, now);
  return true;
}

Tokens::Tokens(TokenStore* store, Clock* clock)
    : store_(store), clock_(clock), timer_(clock->NewTimer([this] { CheckAll(); })) {
  timer_->Set(clock_->Steady() + limits::kTokensLookedAt);
}

Tokens::~Tokens() { SaveUses(); }

absl::Status Tokens::Start() {
  const auto tokens = store_->LoadTokens();
  if (!tokens.ok()) return tokens.status();
  absl::MutexLock lock(&mutex_);
  for (const Token& token : *tokens) Add(token);
  return absl::OkStatus();
}

void Tokens::SetBootstrap(std::vector<Token> tokens) {
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& grant : bootstrap_) {
      grant->deleted_ = true;
      Remove(*grant);
    }
    bootstrap_.clear();
    for (const Token& token : tokens) Add(token);
  }
  on_void_();
}

void Tokens::Add(const Token& token) {
  auto grant = std::make_shared<Grant>(token);
  if (!token.secret_hash.empty()) by_hash_[token.secret_hash] = grant;
  if (!token.client_identity.empty()) by_identity_[token.client_identity] = grant;
  if (token.key == 0) {
    bootstrap_.push_back(std::move(grant));
  } else {
    by_id_[token.id] = std::move(grant);
  }
}

void Tokens::Remove(const Grant& grant) {
  for (Grants* grants : {&by_hash_, &by_identity_}) {
    absl::erase_if(*grants, [&](const auto& each) { return each.second.get() == &grant; });
  }
}

std::shared_ptr<Grant> Tokens::Find(const Grants& grants, const std::string& key) {
  const auto found = grants.find(key);
  if (found == grants.end()) return nullptr;
  const absl::Time now = clock_->Now();
  if (!found->second->valid(now)) return nullptr;
  found->second->last_used_us_ = absl::ToUnixMicros(now);
  return found->second;
}

std::shared_ptr<Grant> Tokens::FindBySecret(absl::string_view secret) {
  // The time of the lookup depends on the hash, which does not reveal the secret. The final comparison still
  // takes constant time.
  const std::string hash = HashSecret(secret);
  absl::MutexLock lock(&mutex_);
  auto grant = Find(by_hash_, hash);
  if (grant == nullptr) return nullptr;
  const std::string& expected = grant->token().secret_hash;
  const bool same =
      expected.size() == hash.size() && CRYPTO_memcmp(expected.data(), hash.data(), hash.size()) == 0;
  return same ? grant : nullptr;
}

std::shared_ptr<Grant> Tokens::FindByIdentity(absl::string_view identity) {
  absl::MutexLock lock(&mutex_);
  return Find(by_identity_, std::string(identity));
}

void Tokens::Create(Token token, std::function<void(absl::StatusOr<Token>)> done) {
  {
    absl::MutexLock lock(&mutex_);
    if (!token.client_identity.empty() && by_identity_.contains(token.client_identity)) {
      return done(absl::AlreadyExistsError("another token already has this client identity"));
    }
  }
  store_->CreateToken(std::move(token), [this, done = std::move(done)](absl::StatusOr<Token> created) {
    if (created.ok()) {
      LogInfo("token created", {{"token", created->id}});
      OnCreated(*created);
    }
    done(std::move(created));
  });
}

void Tokens::Delete(const std::string& id, std::function<void(absl::Status)> done) {
  store_->DeleteToken(id, [this, done = std::move(done)](const absl::StatusOr<Token>& deleted) {
    if (deleted.ok()) {
      LogInfo("token deleted", {{"token", deleted->id}});
      OnDeleted(deleted->key);
    }
    done(deleted.status());
  });
}

void Tokens::OnCreated(const Token& token) {
  bool replaced = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = by_id_.find(token.id);
    if (found != by_id_.end() && found->second->token().key >= token.key) return;
    replaced = found != by_id_.end();
    if (replaced) Void(found);
    Add(token);
  }
  if (replaced) on_void_();
}

void Tokens::OnDeleted(int64_t key) {
  {
    absl::MutexLock lock(&mutex_);
    const auto place = std::find_if(by_id_.begin(), by_id_.end(),
                                    [key](const auto& each) { return each.second->token().key == key; });
    if (place == by_id_.end()) return;
    Void(place);
  }
  on_void_();
}

void Tokens::Void(absl::btree_map<std::string, std::shared_ptr<Grant>>::iterator place) {
  place->second->deleted_ = true;
  Remove(*place->second);
  by_id_.erase(place);
}

absl::StatusOr<Token> Tokens::Get(absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = by_id_.find(std::string(id));
  if (found == by_id_.end()) return TokenNotFound(id);
  return found->second->Shown();
}

std::vector<Token> Tokens::List(absl::string_view after_id, int limit) const {
  absl::MutexLock lock(&mutex_);
  std::vector<Token> page;
  for (auto it = by_id_.upper_bound(std::string(after_id));
       it != by_id_.end() && page.size() < static_cast<size_t>(limit); ++it) {
    page.push_back(it->second->Shown());
  }
  return page;
}

void Tokens::CheckAll() {
  SaveUses();
  on_void_();
  timer_->Set(clock_->Steady() + limits::kTokensLookedAt);
}

void Tokens::SaveUses() {
  std::vector<std::pair<int64_t, absl::Time>> uses;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, grant] : by_id_) {
      const absl::Time used = absl::FromUnixMicros(grant->last_used_us_);
      if (grant->last_used_us_ == 0 || used <= grant->noted_) continue;
      grant->noted_ = used;
      uses.emplace_back(grant->token().key, used);
    }
  }
  for (const auto& [key, used] : uses) store_->SetTokenUsed(key, used);
}

}  // namespace hookd
