#include "metrics/metrics.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "metrics/metrics_endpoint.h"
#include "metrics/process_metrics.h"
#include "prometheus/text_serializer.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Text(const Metrics& metrics) { return prometheus::TextSerializer().Serialize(metrics.Collect()); }

TEST(MetricsTest, EveryOutcomeIsThereFromTheBeginning) {
  Metrics metrics;
  for (size_t i = 0; i < kAttemptOutcomes; ++i) {
    const absl::string_view name = NameOf(static_cast<AttemptOutcome>(i));
    EXPECT_THAT(Text(metrics), HasSubstr(absl::StrCat("hookd_attempts_total{outcome=\"", name, "\"} 0\n")));
  }
}

TEST(MetricsTest, AnAttemptIsCountedUnderItsOutcomeAlone) {
  Metrics metrics;
  metrics.CountAttempt(AttemptOutcome::kTls);
  EXPECT_THAT(Text(metrics), HasSubstr("hookd_attempts_total{outcome=\"tls\"} 1\n"));
  EXPECT_THAT(Text(metrics), HasSubstr("hookd_attempts_total{outcome=\"2xx\"} 0\n"));
}

TEST(MetricsTest, WhatIsAskedForIsAskedWithEveryScrape) {
  Metrics metrics;
  double value = 1;
  metrics.Ask({{"a_gauge", "A gauge", prometheus::MetricType::Gauge},
               {"b_total", "A counter", prometheus::MetricType::Counter}},
              [&value] {
                return std::vector<double>{value, 10 * value};
              });
  EXPECT_THAT(Text(metrics), HasSubstr("a_gauge 1\n"));
  value = 2;
  EXPECT_THAT(Text(metrics), HasSubstr("# TYPE a_gauge gauge\na_gauge 2\n"));
  EXPECT_THAT(Text(metrics), HasSubstr("# TYPE b_total counter\nb_total 20\n"));
}

TEST(MetricsTest, ATimeThatAClockMadeNegativeCountsAsNone) {
  Metrics metrics;
  Observe(metrics.queue_wait, absl::Seconds(-5));
  EXPECT_THAT(Text(metrics), HasSubstr("hookd_queue_wait_seconds_count 1\n"));
  EXPECT_THAT(Text(metrics), HasSubstr("hookd_queue_wait_seconds_sum 0\n"));
}

// https://prometheus.io/docs/practices/naming/
TEST(MetricsTest, NamesFollowTheConventions) {
  Metrics metrics;
  AddProcessMetrics(metrics, absl::UnixEpoch());
  std::set<std::string> names;
  for (const prometheus::MetricFamily& family : metrics.Collect()) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name << " is there twice";
    EXPECT_TRUE(absl::StartsWith(family.name, "hookd_") || absl::StartsWith(family.name, "process_"));
    EXPECT_NE(family.help, "") << family.name;
    const bool counter = family.type == prometheus::MetricType::Counter;
    EXPECT_EQ(counter, absl::EndsWith(family.name, "_total")) << family.name;
  }
}

TEST(MetricsEndpointTest, ServesTheMetricsOnAFreePort) {
  auto metrics = std::make_shared<Metrics>();
  metrics->events_accepted.Increment(3);
  auto endpoint = MetricsEndpoint::Create("127.0.0.1:0", metrics);
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  ASSERT_NE((*endpoint)->port(), 0);
  httplib::Client client("127.0.0.1", (*endpoint)->port());
  const auto answer = client.Get("/metrics");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(answer->body, HasSubstr("hookd_events_accepted_total 3\n"));
  EXPECT_EQ(client.Get("/")->status, 404);
}

// A connection to that port of 127.0.0.1 that has sent those bytes.
int ConnectAndSend(int port, absl::string_view bytes) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  return connection;
}

TEST(MetricsEndpointTest, RequestsThatNeverEndHoldUpNoScrape) {
  const auto endpoint =
      MetricsEndpoint::Create("127.0.0.1:0", std::make_shared<Metrics>(), absl::InfiniteDuration());
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  std::vector<int> unfinished;
  for (size_t i = 0; i < 2 * limits::kMaxMetricsConnections; ++i) {
    unfinished.push_back(ConnectAndSend((*endpoint)->port(), i % 2 == 0 ? "" : "GET /metrics HT"));
  }
  const auto answer = httplib::Client("127.0.0.1", (*endpoint)->port()).Get("/metrics");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  char byte;
  EXPECT_EQ(recv(unfinished.front(), &byte, 1, 0), 0) << "the oldest made room";
  for (const int each : unfinished) close(each);
}

TEST(MetricsEndpointTest, ARequestThatIsNotCompleteInTimeIsClosed) {
  const auto endpoint =
      MetricsEndpoint::Create("127.0.0.1:0", std::make_shared<Metrics>(), absl::Milliseconds(20));
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  const int connection = ConnectAndSend((*endpoint)->port(), "GET /metrics HTTP/1.1\r\n");
  char byte;
  EXPECT_EQ(recv(connection, &byte, 1, 0), 0);
  close(connection);
}

TEST(MetricsEndpointTest, WhatIsNoRequestForMetricsIsRefused) {
  const auto endpoint = MetricsEndpoint::Create("127.0.0.1:0", std::make_shared<Metrics>());
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  const auto answer = [&](absl::string_view request) {
    const int connection = ConnectAndSend((*endpoint)->port(), request);
    std::string status(12, '\0');
    recv(connection, status.data(), status.size(), MSG_WAITALL);
    close(connection);
    return status;
  };
  EXPECT_EQ(answer("GET /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 200");
  EXPECT_EQ(answer("HEAD /metrics?a=b HTTP/1.0\r\n\r\n"), "HTTP/1.1 200");
  EXPECT_EQ(answer("POST /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 405");
  EXPECT_EQ(answer("\x16\x03\x01 hello\r\n\r\n"), "HTTP/1.1 400");
  EXPECT_EQ(answer(std::string(9000, 'x')), "HTTP/1.1 431");
}

TEST(MetricsEndpointTest, APortInUseIsRefused) {
  const auto first = MetricsEndpoint::Create("127.0.0.1:0", std::make_shared<Metrics>());
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string listen = absl::StrCat("127.0.0.1:", (*first)->port());
  const auto second = MetricsEndpoint::Create(listen, std::make_shared<Metrics>());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(second.status().message(), HasSubstr(listen));
}

// Left to its web server, a port alone would be open to everybody, and several addresses would be taken.
TEST(MetricsEndpointTest, WhatIsNoHostAndPortIsRefused) {
  for (const char* listen : {"9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000",
                             "127.0.0.1:9464s", "127.0.0.1:1,127.0.0.1:2"}) {
    const auto endpoint = MetricsEndpoint::Create(listen, std::make_shared<Metrics>());
    EXPECT_EQ(endpoint.status().code(), absl::StatusCode::kInvalidArgument) << listen;
  }
}

}  // namespace
}  // namespace hookd
