// The tests' name server, asked over real sockets.
#include "tests/support/dns_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/dns_message.h"
#include "tests/support/loopback_socket.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Reply = DnsServer::Reply;

constexpr absl::Duration kPatience = absl::Seconds(30);
// For what is not to arrive: it would at once.
constexpr absl::Duration kMoment = absl::Milliseconds(100);
constexpr uint16_t kId = 0x1234;

std::string Number(int number) {
  return {static_cast<char>(number >> 8 & 255), static_cast<char>(number & 255)};
}

std::string Query(const std::string& name, uint16_t type) {
  std::string query = Number(kId) + std::string("\1\0\0\1\0\0\0\0\0\0", 10);
  if (!name.empty()) {
    for (const absl::string_view label : absl::StrSplit(name, '.')) {
      query += static_cast<char>(label.size());
      query.append(label.data(), label.size());
    }
  }
  return query + '\0' + Number(type) + Number(1);
}

// Reads what comes within the time; empty if nothing does.
std::string Receive(int descriptor, absl::Duration within) {
  pollfd waited = {descriptor, POLLIN, 0};
  if (poll(&waited, 1, static_cast<int>(absl::ToInt64Milliseconds(within))) != 1) return "";
  char buffer[4096];
  const ssize_t n = recv(descriptor, buffer, sizeof(buffer), 0);
  return n <= 0 ? "" : std::string(buffer, static_cast<size_t>(n));
}

std::string AskOverUdp(const DnsServer& server, const std::string& name, uint16_t type,
                       absl::Duration within = kPatience) {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(server.port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::string query = Query(name, type);
  EXPECT_EQ(send(descriptor, query.data(), query.size(), 0), static_cast<ssize_t>(query.size()));
  std::string answer = Receive(descriptor, within);
  close(descriptor);
  return answer;
}

std::string AskOverTcp(const DnsServer& server, const std::string& name, uint16_t type) {
  const int descriptor = BeginConnect("127.0.0.1", server.port());
  pollfd waited = {descriptor, POLLOUT, 0};
  EXPECT_EQ(poll(&waited, 1, -1), 1);
  const std::string query = Query(name, type);
  const std::string framed = Number(static_cast<int>(query.size())) + query;
  EXPECT_EQ(send(descriptor, framed.data(), framed.size(), 0), static_cast<ssize_t>(framed.size()));
  std::string answer = Receive(descriptor, kPatience);
  close(descriptor);
  return answer.empty() ? answer : answer.substr(2);
}

int Code(const std::string& answer) { return answer.size() < 12 ? -1 : answer[3] & 15; }
bool IsTruncated(const std::string& answer) { return (answer[2] & 2) != 0; }

// The addresses in an answer to Query(name, type).
std::vector<std::string> Addresses(const std::string& answer, const std::string& name, uint16_t type) {
  std::vector<std::string> addresses;
  const size_t size = type == dns::kA ? 4 : 16;
  for (size_t at = Query(name, type).size(); at + 12 + size <= answer.size(); at += 12 + size) {
    char text[INET6_ADDRSTRLEN];
    inet_ntop(type == dns::kA ? AF_INET : AF_INET6, answer.data() + at + 12, text, sizeof(text));
    addresses.emplace_back(text);
  }
  return addresses;
}

TEST(DnsServerTest, AnswersWithTheAddressesInTheirOrder) {
  DnsServer server;
  server.Set("many.test", {.a = {"127.0.0.3", "127.0.0.1", "127.0.0.2"}, .aaaa = {"::1"}});
  const std::string a = AskOverUdp(server, "many.test", dns::kA);
  EXPECT_EQ(a.substr(0, 2), Number(kId));
  EXPECT_EQ(Code(a), dns::kNoError);
  EXPECT_THAT(Addresses(a, "many.test", dns::kA), ElementsAre("127.0.0.3", "127.0.0.1", "127.0.0.2"));
  EXPECT_THAT(Addresses(AskOverUdp(server, "MANY.test", dns::kAaaa), "many.test", dns::kAaaa),
              ElementsAre("::1"));
  EXPECT_EQ(server.queries("many.test"), 2);
  EXPECT_EQ(server.total_queries(), 2);
}

TEST(DnsServerTest, SaysWhyThereAreNoAddresses) {
  DnsServer server;
  server.Set("v4.test", {.a = {"127.0.0.1"}});
  server.Set("none.test", {.a = {"127.0.0.1"}, .reply = Reply::kNoName});
  server.Set("empty.test", {.a = {"127.0.0.1"}, .reply = Reply::kNoData});
  server.Set("failing.test", {.reply = Reply::kFailure});
  server.Set("refused.test", {.reply = Reply::kRefused});
  EXPECT_EQ(Code(AskOverUdp(server, "unknown.test", dns::kA)), dns::kNoSuchName);
  EXPECT_EQ(Code(AskOverUdp(server, "none.test", dns::kA)), dns::kNoSuchName);
  EXPECT_EQ(Code(AskOverUdp(server, "failing.test", dns::kA)), dns::kServerFailure);
  EXPECT_EQ(Code(AskOverUdp(server, "refused.test", dns::kA)), dns::kRefused);
  for (const auto& [name, type] : {std::pair("v4.test", dns::kAaaa), std::pair("empty.test", dns::kA)}) {
    const std::string answer = AskOverUdp(server, name, type);
    EXPECT_EQ(Code(answer), dns::kNoError);
    EXPECT_THAT(Addresses(answer, name, type), IsEmpty());
  }
}

TEST(DnsServerTest, SwallowsQueriesOfOneTypeAlone) {
  DnsServer server;
  server.Set("half.test", {.a = {"127.0.0.1"}, .reply_to_aaaa = Reply::kSilence});
  EXPECT_THAT(Addresses(AskOverUdp(server, "half.test", dns::kA), "half.test", dns::kA),
              ElementsAre("127.0.0.1"));
  EXPECT_EQ(AskOverUdp(server, "half.test", dns::kAaaa, kMoment), "");
  EXPECT_EQ(server.queries("half.test"), 2);
}

TEST(DnsServerTest, AnswersForTheRootUnlessItIsSilent) {
  DnsServer server;
  EXPECT_EQ(Code(AskOverUdp(server, "", dns::kNs)), dns::kNoError);
  server.SetSilent(true);
  EXPECT_EQ(AskOverUdp(server, "", dns::kNs, kMoment), "");
  server.SetSilent(false);
  EXPECT_EQ(Code(AskOverUdp(server, "", dns::kNs)), dns::kNoError);
}

TEST(DnsServerTest, ADelayedAnswerDelaysNoOther) {
  DnsServer server;
  server.Set("slow.test", {.a = {"127.0.0.1"}, .delay = kMoment / 2});
  server.Set("never.test", {.a = {"127.0.0.1"}, .delay = absl::Hours(1)});
  EXPECT_EQ(AskOverUdp(server, "never.test", dns::kA, absl::Milliseconds(1)), "");
  const absl::Time asked = absl::Now();
  EXPECT_EQ(Code(AskOverUdp(server, "slow.test", dns::kA)), dns::kNoError);
  EXPECT_GE(absl::Now() - asked, kMoment / 2);
}

TEST(DnsServerTest, ANameMoves) {
  DnsServer server;
  server.Set("moving.test", {.a = {"127.0.0.1"}});
  EXPECT_THAT(Addresses(AskOverUdp(server, "moving.test", dns::kA), "moving.test", dns::kA),
              ElementsAre("127.0.0.1"));
  server.Set("moving.test", {.a = {"127.0.0.2"}});
  EXPECT_THAT(Addresses(AskOverUdp(server, "moving.test", dns::kA), "moving.test", dns::kA),
              ElementsAre("127.0.0.2"));
}

TEST(DnsServerTest, ATruncatedAnswerIsWholeOverTcp) {
  DnsServer server;
  server.Set("long.test", {.a = {"127.0.0.1"}, .reply = Reply::kTruncated});
  const std::string truncated = AskOverUdp(server, "long.test", dns::kA);
  EXPECT_TRUE(IsTruncated(truncated));
  EXPECT_THAT(Addresses(truncated, "long.test", dns::kA), IsEmpty());
  const std::string whole = AskOverTcp(server, "long.test", dns::kA);
  EXPECT_FALSE(IsTruncated(whole));
  EXPECT_THAT(Addresses(whole, "long.test", dns::kA), ElementsAre("127.0.0.1"));
}

TEST(DnsServerTest, AnswersWithGarbageOrAWrongIdAsTold) {
  DnsServer server;
  server.Set("garbage.test", {.reply = Reply::kGarbage});
  server.Set("spoofed.test", {.a = {"127.0.0.1"}, .reply = Reply::kWrongId});
  const std::string garbage = AskOverUdp(server, "garbage.test", dns::kA);
  EXPECT_EQ(garbage, Number(kId) + std::string(40, '\xff'));
  EXPECT_NE(AskOverUdp(server, "spoofed.test", dns::kA).substr(0, 2), Number(kId));
}

}  // namespace
}  // namespace hookd
