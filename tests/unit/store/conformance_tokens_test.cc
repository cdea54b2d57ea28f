// The conformance suite: tokens.
#include "absl/synchronization/notification.h"
#include "base/ids.h"
#include "gmock/gmock.h"
#include "tests/unit/store/conformance.h"

namespace hookd {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

Token AToken(std::string id) {
  Token token;
  token.id = std::move(id);
  token.display_name = "Ünïcode";
  token.secret_hash = std::string("\0\xff", 2);
  token.client_identity = "client.test";
  token.projects = {"a", "b"};
  token.roles = Roles(0b10110);
  token.rate_limit = RateLimit{.per_second = 0.1, .burst = 7};
  token.expire_time = absl::FromUnixMicros(1'900'000'000'000'001);
  return token;
}

absl::StatusOr<Token> MakeToken(Store& store, Token token) {
  absl::StatusOr<Token> created = absl::UnknownError("not answered");
  absl::Notification answered;
  store.CreateToken(std::move(token), [&](absl::StatusOr<Token> answer) {
    created = std::move(answer);
    answered.Notify();
  });
  answered.WaitForNotification();
  return created;
}

absl::StatusOr<Token> RemoveToken(Store& store, std::string id) {
  absl::StatusOr<Token> deleted = absl::UnknownError("not answered");
  absl::Notification answered;
  store.DeleteToken(std::move(id), [&](absl::StatusOr<Token> answer) {
    deleted = std::move(answer);
    answered.Notify();
  });
  answered.WaitForNotification();
  return deleted;
}

TEST_P(StoreConformanceTest, ATokenIsLoadedAsItWasStored) {
  ASSERT_TRUE(MakeToken(*store_, AToken("t")).ok());
  const Token expected = AToken("t");
  const auto loaded = store_->LoadTokens();
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_THAT(*loaded, SizeIs(1));
  const Token& token = loaded->at(0);
  EXPECT_NE(token.key, 0);
  EXPECT_EQ(token.id, "t");
  EXPECT_EQ(token.display_name, expected.display_name);
  EXPECT_EQ(token.secret_hash, expected.secret_hash);
  EXPECT_EQ(token.client_identity, expected.client_identity);
  EXPECT_EQ(token.projects, expected.projects);
  EXPECT_EQ(token.roles, expected.roles);
  EXPECT_EQ(token.rate_limit, expected.rate_limit);
  EXPECT_EQ(token.expire_time, expected.expire_time);
  EXPECT_EQ(token.create_time, clock_.Now());
  EXPECT_EQ(token.last_used_time, std::nullopt);
}

TEST_P(StoreConformanceTest, ATokenWithoutLimitsIsKeptWithout) {
  Token plain;
  ASSERT_TRUE(MakeToken(*store_, plain).ok());
  const Token token = store_->LoadTokens()->at(0);
  EXPECT_EQ(token.id, EncodeId(token.key));
  EXPECT_EQ(token.rate_limit, std::nullopt);
  EXPECT_EQ(token.expire_time, std::nullopt);
  EXPECT_THAT(token.projects, IsEmpty());
}

TEST_P(StoreConformanceTest, ATokensIdIsTakenOnce) {
  ASSERT_TRUE(MakeToken(*store_, AToken("t")).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(MakeToken(*store_, AToken("t")).status()));
  EXPECT_THAT(*store_->LoadTokens(), SizeIs(1));
}

TEST_P(StoreConformanceTest, ADeletedTokenIsGone) {
  ASSERT_TRUE(MakeToken(*store_, AToken("t")).ok());
  EXPECT_EQ(RemoveToken(*store_, "t")->id, "t");
  EXPECT_TRUE(absl::IsNotFound(RemoveToken(*store_, "t").status()));
  EXPECT_THAT(*store_->LoadTokens(), IsEmpty());
}

TEST_P(StoreConformanceTest, ATokensLastUseIsNoted) {
  const auto token = MakeToken(*store_, AToken("t"));
  store_->SetTokenUsed(token->key, clock_.Now());
  store_->SetTokenUsed(token->key + 1, clock_.Now());  // there is none
  ASSERT_TRUE(MakeToken(*store_, AToken("u")).ok());   // answered after all before it
  const auto tokens = store_->LoadTokens();
  for (const Token& each : *tokens) {
    EXPECT_EQ(each.last_used_time, each.id == "t" ? std::optional(clock_.Now()) : std::nullopt);
  }
}

}  // namespace
}  // namespace hookd
