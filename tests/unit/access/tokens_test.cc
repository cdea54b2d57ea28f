#include "access/tokens.h"

#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_store.h"

namespace hookd {
namespace {

Token WithSecret(const std::string& id, const std::string& secret) {
  Token token;
  token.id = id;
  token.secret_hash = HashSecret(secret);
  token.projects = {"p"};
  token.roles.set(static_cast<size_t>(Role::kRead));
  return token;
}

class TokensTest : public ::testing::Test {
 protected:
  void Create(const Token& token) {
    tokens_.Create(token, [](const absl::StatusOr<Token>& created) { ASSERT_TRUE(created.ok()); });
  }

  FakeClock clock_;
  FakeStore store_{&clock_};
  Tokens tokens_{&store_, &clock_};
};

TEST_F(TokensTest, WhatTheStoreHasIsGoodAfterARestart) {
  Create(WithSecret("t", "secret"));
  Tokens restarted(&store_, &clock_);
  EXPECT_EQ(restarted.FindBySecret("secret"), nullptr);
  ASSERT_TRUE(restarted.Start().ok());
  ASSERT_NE(restarted.FindBySecret("secret"), nullptr);
  EXPECT_EQ(restarted.FindBySecret("secret")->token().id, "t");
  EXPECT_EQ(restarted.FindBySecret("other"), nullptr);
  EXPECT_EQ(restarted.FindBySecret(""), nullptr);
}

TEST_F(TokensTest, ATokenOfAnIdentityHasNoSecretThatIsGood) {
  Token token = WithSecret("t", "secret");
  token.secret_hash.clear();
  token.client_identity = "client.test";
  Create(token);
  EXPECT_NE(tokens_.FindByIdentity("client.test"), nullptr);
  EXPECT_EQ(tokens_.FindByIdentity(""), nullptr);
  EXPECT_EQ(tokens_.FindBySecret(""), nullptr);
  EXPECT_EQ(tokens_.FindBySecret("secret"), nullptr);
}

TEST_F(TokensTest, WhoHasAGrantSeesThatTheTokenIsDeleted) {
  Create(WithSecret("t", "secret"));
  const auto grant = tokens_.FindBySecret("secret");
  EXPECT_TRUE(grant->valid(clock_.Now()));
  tokens_.Delete("t", [](const absl::Status& deleted) { EXPECT_TRUE(deleted.ok()); });
  EXPECT_FALSE(grant->valid(clock_.Now()));
  EXPECT_EQ(tokens_.FindBySecret("secret"), nullptr);
}

TEST_F(TokensTest, ANewFileTakesThePlaceOfTheOldOne) {
  tokens_.SetBootstrap({WithSecret("line-1", "old"), WithSecret("line-2", "both")});
  const auto old = tokens_.FindBySecret("old");
  ASSERT_NE(old, nullptr);
  tokens_.SetBootstrap({WithSecret("line-1", "new"), WithSecret("line-2", "both")});
  EXPECT_FALSE(old->valid(clock_.Now()));
  EXPECT_EQ(tokens_.FindBySecret("old"), nullptr);
  EXPECT_NE(tokens_.FindBySecret("new"), nullptr);
  EXPECT_NE(tokens_.FindBySecret("both"), nullptr);
  EXPECT_TRUE(tokens_.List("", 10).empty()) << "they are not the store's";
}

TEST_F(TokensTest, LastUsesAreNotedInTheStoreOnceAMinute) {
  Create(WithSecret("t", "secret"));
  tokens_.FindBySecret("secret");
  EXPECT_EQ(store_.LoadTokens()->at(0).last_used_time, std::nullopt);
  EXPECT_EQ(tokens_.Get("t")->last_used_time, clock_.Now());
  const absl::Time used = clock_.Now();
  clock_.Advance(limits::kTokensLookedAt);
  EXPECT_EQ(store_.LoadTokens()->at(0).last_used_time, used);
}

TEST_F(TokensTest, RolesIncludeOthers) {
  const auto with = [](Role role) {
    Token token;
    token.roles.set(static_cast<size_t>(role));
    return std::make_unique<Grant>(token);
  };
  EXPECT_TRUE(with(Role::kManage)->has_role(Role::kRead));
  EXPECT_FALSE(with(Role::kManage)->has_role(Role::kEmit));
  EXPECT_FALSE(with(Role::kRead)->has_role(Role::kManage));
  EXPECT_TRUE(with(Role::kAdmin)->has_role(Role::kEmit));
}

TEST_F(TokensTest, WhatAnotherProcessCreatesIsGoodAndWhatItDeletesIsVoid) {
  Token token = WithSecret("t", "secret");
  token.key = 7;
  tokens_.OnCreated(token);
  tokens_.OnCreated(token);
  const auto grant = tokens_.FindBySecret("secret");
  ASSERT_NE(grant, nullptr);
  tokens_.OnDeleted(7);
  EXPECT_EQ(tokens_.FindBySecret("secret"), nullptr);
  EXPECT_FALSE(grant->valid(clock_.Now()));
}

TEST_F(TokensTest, OldNewsOfATokenDoesNotTouchTheNextOfItsId) {
  Token first = WithSecret("t", "first");
  first.key = 7;
  Token second = WithSecret("t", "second");
  second.key = 8;
  tokens_.OnCreated(first);
  tokens_.OnCreated(second);
  EXPECT_EQ(tokens_.FindBySecret("first"), nullptr);
  tokens_.OnDeleted(7);
  tokens_.OnCreated(first);
  EXPECT_NE(tokens_.FindBySecret("second"), nullptr);
}

}  // namespace
}  // namespace hookd
