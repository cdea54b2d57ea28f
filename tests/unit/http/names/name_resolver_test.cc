// NameResolver against a real name server on this machine.
#include "http/names/name_resolver.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/dns_server.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/http/curl/curl_client_support.h"

namespace hookd {
namespace {

using Kind = NameResolver::Answer::Kind;
using Reply = DnsServer::Reply;
using ::testing::ElementsAre;

IpAddress Ip(const std::string& text) { return *IpAddress::Parse(text); }

class NameResolverTest : public ::testing::Test {
 protected:
  NameResolver::Answer Lookup(const std::string& name) {
    if (const auto known = resolver_->Cached(name); known.has_value()) return *known;
    return LookupAnew(name);
  }

  NameResolver::Answer LookupAnew(const std::string& name) {
    absl::Mutex mutex;
    std::optional<NameResolver::Answer> answer;
    resolver_->Lookup(name, [&](const NameResolver::Answer& came) {
      const absl::MutexLock lock(&mutex);
      answer = came;
    });
    const absl::MutexLock lock(&mutex);
    const auto answered = [&] { return answer.has_value(); };
    mutex.Await(absl::Condition(&answered));
    return *answer;
  }

  DnsServer server_;
  DescriptorReserve reserve_{4};
  FakeClock clock_;
  std::unique_ptr<NameResolver> resolver_ =
      *NameResolver::Create({.name_servers = {server_.address()}, .reserve = &reserve_, .clock = &clock_});
};

TEST_F(NameResolverTest, FindsAddressesOfBothFamiliesAndPutsThemInTurnIpv6First) {
  server_.Set("both.test", {.a = {"192.0.2.1", "192.0.2.2"}, .aaaa = {"2001:db8::1"}});
  const auto answer = Lookup("both.test");
  EXPECT_EQ(answer.kind, Kind::kFound);
  EXPECT_THAT(answer.addresses, ElementsAre(Ip("2001:db8::1"), Ip("192.0.2.1"), Ip("192.0.2.2")));
}

TEST_F(NameResolverTest, TakesNoMoreAddressesThanAreTried) {
  DnsServer::Name many;
  for (int i = 1; i <= 40; ++i) many.a.push_back(absl::StrCat("192.0.2.", i));
  server_.Set("many.test", many);
  EXPECT_EQ(Lookup("many.test").addresses.size(), limits::kMaxAddresses);
}

TEST_F(NameResolverTest, NeedsNoLookupForAddressesAndReservedNames) {
  EXPECT_THAT(resolver_->Cached("192.0.2.7")->addresses, ElementsAre(Ip("192.0.2.7")));
  EXPECT_THAT(resolver_->Cached("2001:db8::7")->addresses, ElementsAre(Ip("2001:db8::7")));
  EXPECT_THAT(resolver_->Cached("localhost")->addresses, ElementsAre(Ip("::1"), Ip("127.0.0.1")));
  EXPECT_EQ(resolver_->Cached("a.invalid")->kind, Kind::kNoSuchName);
  EXPECT_EQ(server_.total_queries(), 0);
}

TEST_F(NameResolverTest, SaysThatThereIsNoSuchNameAndRemembersIt) {
  EXPECT_EQ(Lookup("none.test").kind, Kind::kNoSuchName);
  const int asked = server_.queries("none.test");
  EXPECT_EQ(Lookup("none.test").kind, Kind::kNoSuchName);
  EXPECT_EQ(server_.queries("none.test"), asked);
  server_.Set("none.test", {.a = {"192.0.2.1"}});
  clock_.Advance(limits::kNoSuchNameAge);
  EXPECT_EQ(Lookup("none.test").kind, Kind::kFound);
}

TEST_F(NameResolverTest, BelievesAnAnswerForItsTimeToLive) {
  server_.Set("moves.test", {.a = {"192.0.2.1"}, .ttl_seconds = 60});
  EXPECT_THAT(Lookup("moves.test").addresses, ElementsAre(Ip("192.0.2.1")));
  server_.Set("moves.test", {.a = {"192.0.2.2"}, .ttl_seconds = 60});
  clock_.Advance(absl::Seconds(59));
  EXPECT_THAT(Lookup("moves.test").addresses, ElementsAre(Ip("192.0.2.1")));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Lookup("moves.test").addresses, ElementsAre(Ip("192.0.2.2")));
}

TEST_F(NameResolverTest, BelievesNoAnswerForLongerThanItsBound) {
  server_.Set("old.test", {.a = {"192.0.2.1"}, .ttl_seconds = 86400});
  EXPECT_EQ(Lookup("old.test").kind, Kind::kFound);
  clock_.Advance(limits::kMaxNameAge);
  EXPECT_FALSE(resolver_->Cached("old.test").has_value());
}

TEST_F(NameResolverTest, DoesNotWaitForAnAddressFamilyThatIsNotAnswered) {
  server_.Set("half.test", {.a = {"192.0.2.1"}, .reply_to_aaaa = Reply::kSilence});
  const auto answer = Lookup("half.test");
  EXPECT_EQ(answer.kind, Kind::kFound);
  EXPECT_THAT(answer.addresses, ElementsAre(Ip("192.0.2.1")));
}

TEST_F(NameResolverTest, AsksOverTcpWhatWasTruncated) {
  server_.Set("long.test", {.a = {"192.0.2.1"}, .reply = Reply::kTruncated});
  EXPECT_THAT(Lookup("long.test").addresses, ElementsAre(Ip("192.0.2.1")));
}

TEST_F(NameResolverTest, TellsANameThatIsNotAnsweredFromNameServersThatAreGone) {
  server_.Set("failing.test", {.reply = Reply::kFailure});
  EXPECT_EQ(Lookup("failing.test").kind, Kind::kNoAnswer);
  EXPECT_TRUE(resolver_->AnswersSince(std::chrono::steady_clock::now()));
}

TEST_F(NameResolverTest, SaysThatNoNameServerAnswersOnceNoneDoes) {
  server_.SetSilent(true);
  EXPECT_EQ(Lookup("any.test").kind, Kind::kNoNameServers);
  EXPECT_FALSE(resolver_->AnswersSince(std::chrono::steady_clock::now()));
  EXPECT_EQ(resolver_->failed(), 1);
  // It says nothing of the name, which is found as soon as they are back.
  server_.SetSilent(false);
  server_.Set("any.test", {.a = {"192.0.2.1"}});
  clock_.Advance(limits::kMinNameAge);
  EXPECT_EQ(Lookup("any.test").kind, Kind::kFound);
}

TEST_F(NameResolverTest, LooksANameUpOnceHoweverManyAsk) {
  server_.Set("slow.test", {.a = {"192.0.2.1"}, .delay = absl::Milliseconds(100)});
  absl::Mutex mutex;
  int answers = 0;
  for (int i = 0; i < 50; ++i) {
    resolver_->Lookup("slow.test", [&](const NameResolver::Answer& answer) {
      EXPECT_EQ(answer.kind, Kind::kFound);
      const absl::MutexLock lock(&mutex);
      ++answers;
    });
  }
  const absl::MutexLock lock(&mutex);
  const auto all = [&] { return answers == 50; };
  mutex.Await(absl::Condition(&all));
  EXPECT_EQ(server_.queries("slow.test"), 2);
}

TEST_F(NameResolverTest, NamesThatNeverResolveKeepNoOtherWaiting) {
  // More than are looked up at a time, and none of them is answered.
  for (size_t i = 0; i < limits::kMaxLookups; ++i) {
    const std::string name = absl::StrCat("silent", i, ".test");
    server_.Set(name, {.reply = Reply::kSilence});
    resolver_->Lookup(name, [](const NameResolver::Answer&) {});
  }
  server_.Set("good.test", {.a = {"192.0.2.1"}});
  EXPECT_EQ(Lookup("good.test").kind, Kind::kFound);
  EXPECT_LE(resolver_->lookups(), static_cast<int64_t>(limits::kMaxLookups));
}

TEST_F(NameResolverTest, RefusesNameServersThatAreNone) {
  const auto resolver = NameResolver::Create({.name_servers = {"ns.example"}, .reserve = &reserve_});
  EXPECT_EQ(resolver.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(NameResolverTest, EndsWhileLookupsAreUnderWay) {
  server_.SetSilent(true);
  resolver_->Lookup("late.test", [](const NameResolver::Answer&) {});
  ASSERT_TRUE(server_.WaitForQueries("late.test", 1, kPatience));
  resolver_.reset();
}

}  // namespace
}  // namespace hookd
