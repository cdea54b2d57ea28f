#include "metrics/metrics.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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
