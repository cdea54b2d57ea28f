// The metrics of a real hookd, and what server/operations/ makes of them.
#include <fstream>
#include <regex>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "httplib.h"
#include "rapidjson/document.h"
#include "tests/integration/watched_hookd.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string ReadFile(const std::string& name) {
  std::ifstream file(absl::StrCat(HOOKD_SOURCE_DIR, "/server/operations/", name));
  std::stringstream content;
  content << file.rdbuf();
  EXPECT_NE(content.str(), "") << name;
  return content.str();
}

class MetricsTest : public WatchedHookd {
 protected:
  // Every metric that the text names is exported, and what it selects by labels can be found.
  void ExpectExported(const std::string& text) {
    std::map<std::string, std::map<std::string, std::set<std::string>>> exported;
    for (const Sample& sample : Samples()) {
      auto& labels = exported[sample.name];
      for (const auto& [name, value] : sample.labels) labels[name].insert(value);
    }
    static const std::regex kMetric(R"re(\b((?:hookd|process)_[a-z0-9_]+)\b(?:\{([^}]*)\})?)re");
    static const std::regex kMatcher(R"re(([a-z_]+)(?:=~|!~|!=|=)"([^"]*)")re");
    int found = 0;
    for (std::sregex_iterator it(text.begin(), text.end(), kMetric), end; it != end; ++it, ++found) {
      const std::string metric = (*it)[1], matchers = (*it)[2];
      ASSERT_TRUE(exported.count(metric)) << "there is no metric " << metric;
      for (std::sregex_iterator m(matchers.begin(), matchers.end(), kMatcher); m != end; ++m) {
        const std::string label = (*m)[1], values = (*m)[2];
        // Prometheus adds these.
        if (label == "instance" || label == "job") continue;
        ASSERT_TRUE(exported[metric].count(label)) << metric << " has no label " << label;
        for (const absl::string_view value : absl::StrSplit(values, '|')) {
          EXPECT_TRUE(exported[metric][label].count(std::string(value)))
              << metric << " has no " << label << " " << std::string(value);
        }
      }
    }
    EXPECT_GT(found, 10);
  }
};

TEST_F(MetricsTest, CountWhatHookdDid) {
  Start();
  receiver_.Set("/bad", {.status = 503});
  CreateWebhook("good", receiver_.Url("/good"));
  CreateWebhook("bad", receiver_.Url("/bad"));
  for (int i = 0; i < 10; ++i) Emit();
  WaitForValue("hookd_deliveries_ended_total", 20);
  EXPECT_EQ(Value("hookd_events_accepted_total"), 10);
  EXPECT_EQ(Value("hookd_deliveries_matched_total"), 20);
  EXPECT_EQ(Value("hookd_attempts_total", "outcome", "2xx"), 10);
  EXPECT_EQ(Value("hookd_attempts_total", "outcome", "5xx"), 10);
  EXPECT_EQ(Value("hookd_attempts_total"), 20);
  EXPECT_EQ(Value("hookd_deliveries_ended_total", "state", "delivered"), 10);
  EXPECT_EQ(Value("hookd_deliveries_ended_total", "state", "failed"), 10);
  for (const char* name : {"hookd_accept_seconds", "hookd_accept_to_delivered_seconds"}) {
    EXPECT_EQ(Value(absl::StrCat(name, "_count")), 10) << name;
  }
  for (const char* name : {"hookd_queue_wait_seconds", "hookd_attempt_seconds"}) {
    EXPECT_EQ(Value(absl::StrCat(name, "_count")), 20) << name;
  }
  EXPECT_EQ(Value("hookd_calls_total", "code", "OK"), 12);
  EXPECT_GT(Value("hookd_store_commit_seconds_count"), 0);
  EXPECT_GE(Value("hookd_store_commit_writes_sum"), 2 + 10 + 20);
  EXPECT_GT(Value("hookd_store_bytes"), 0);
  EXPECT_GT(Value("hookd_store_free_bytes"), 0);
  EXPECT_GT(Value("hookd_http_connections"), 0);
  EXPECT_EQ(Value("hookd_build_info"), 1);
  EXPECT_EQ(Value("hookd_serving"), 1);
  EXPECT_EQ(Value("hookd_sending"), 1);
  EXPECT_EQ(Value("hookd_http_connections_cut_total"), 0);
  EXPECT_EQ(Value("hookd_caller_connections"), 1);
  EXPECT_EQ(Value("hookd_caller_connections_accepted_total"), 1);
  EXPECT_EQ(Value("hookd_caller_connections_refused_total"), 0);
  EXPECT_EQ(Value("hookd_caller_connections_cut_total"), 0);
  EXPECT_EQ(Value("hookd_name_lookups_failed_total"), 0);
  EXPECT_GT(Value("process_resident_memory_bytes"), 0);
}

TEST_F(MetricsTest, CountCallersOverHttp) {
  Start();
  {
    httplib::Client caller("127.0.0.1", server_->http_port());
    caller.set_keep_alive(true);
    for (const char* path : {"/healthz", "/v1/projects/p/webhooks"}) {
      const auto answer = caller.Get(path);
      ASSERT_TRUE(answer && answer->status == 200) << path;
    }
    EXPECT_EQ(Value("hookd_http_caller_connections"), 1);
    EXPECT_EQ(Value("hookd_http_caller_connections_accepted_total"), 1);
    EXPECT_EQ(Value("hookd_http_caller_requests_total"), 2);
    EXPECT_EQ(Value("hookd_http_caller_requests_rejected_total"), 0);
    const auto refused = caller.Get(absl::StrCat("/v1/", std::string(limits::kMaxHttpHeadBytes, 'x')));
    ASSERT_TRUE(refused && refused->status == 431);
  }
  WaitForValue("hookd_http_caller_requests_rejected_total", 1);
  EXPECT_EQ(Value("hookd_http_caller_connections_refused_total"), 0);
  EXPECT_EQ(Value("hookd_http_caller_connections_timed_out_total"), 0);
  // The call of the API alone, as over gRPC.
  EXPECT_EQ(Value("hookd_calls_total", "code", "OK"), 1);
}

TEST_F(MetricsTest, AreThereForHttpAlsoIfItIsNotServed) {
  Start({"--http_listen="});
  EXPECT_EQ(server_->http_port(), 0);
  EXPECT_THAT(Scrape(), HasSubstr("\nhookd_http_caller_connections 0\n"));
}

TEST_F(MetricsTest, TellWhatWaitsAndWhatIsUnderWay) {
  Start();
  receiver_.SetDefault({.hang = true});
  CreateWebhook("w", receiver_.Url("/"));
  for (int i = 0; i < 10; ++i) Emit();
  ASSERT_TRUE(receiver_.WaitForRequests(2, kPatience));
  EXPECT_EQ(Value("hookd_deliveries_waiting"), 10);
  // An endpoint that has shown nothing yet gets two attempts at a time.
  EXPECT_EQ(Value("hookd_attempts_in_flight"), 2);
  EXPECT_EQ(Value("hookd_deliveries_queued"), 8);
  EXPECT_GT(Value("hookd_oldest_waiting_seconds"), 0);
}

TEST_F(MetricsTest, NameNoProjectNoWebhookAndNoUrl) {
  Start();
  CreateWebhook("webhook-of-somebody", receiver_.Url("/path-of-somebody"));
  Emit();
  WaitForValue("hookd_deliveries_ended_total", 1);
  const std::string scrape = Scrape();
  for (const std::string& name :
       {std::string("webhook-of-somebody"), std::string("path-of-somebody"), std::string("projects/"),
        std::string("127.0.0.1"), std::to_string(receiver_.port()), std::string("example.com")}) {
    EXPECT_THAT(scrape, Not(HasSubstr(name)));
  }
}

TEST_F(MetricsTest, StayAsManyHoweverManyWebhooksThereAre) {
  Start();
  const size_t before = Samples().size();
  for (int i = 0; i < 20; ++i) CreateWebhook(absl::StrCat("w", i), receiver_.Url(absl::StrCat("/", i)));
  Emit();
  WaitForValue("hookd_deliveries_ended_total", 20);
  EXPECT_EQ(Samples().size(), before);
}

TEST_F(MetricsTest, AreNotServedUnlessAskedFor) {
  const auto server = ServerProcess::Start(data_.path());
  ASSERT_NE(server, nullptr);
  EXPECT_EQ(server->metrics_port(), 0);
  EXPECT_THAT(server->printed(), Not(HasSubstr("metrics")));
}

TEST_F(MetricsTest, AnAddressThatCannotBeListenedOnIsRefused) {
  const ProgramResult result =
      RunHookd({"--listen=127.0.0.1:0", "--data_dir=" + data_.path(), "--metrics_listen=9464"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("hookd: cannot serve metrics on 9464: give host:port"));
}

TEST_F(MetricsTest, EveryMetricOfTheAlertRulesIsThere) {
  Start();
  ExpectExported(ReadFile("alerts.yaml"));
}

TEST_F(MetricsTest, EveryMetricOfTheDashboardIsThere) {
  Start();
  rapidjson::Document dashboard;
  const std::string text = ReadFile("grafana_dashboard.json");
  dashboard.Parse(text.c_str());
  ASSERT_FALSE(dashboard.HasParseError());
  std::string expressions;
  for (const auto& panel : dashboard["panels"].GetArray()) {
    if (!panel.HasMember("targets")) continue;
    EXPECT_GT(panel["targets"].Size(), 0u) << panel["title"].GetString();
    for (const auto& target : panel["targets"].GetArray()) {
      absl::StrAppend(&expressions, target["expr"].GetString(), "\n");
    }
  }
  ExpectExported(expressions);
}

// What is exported and not shown is of no use to whoever has but the dashboard.
TEST_F(MetricsTest, TheDashboardShowsEveryMetricOfHookdsAndTheReadmeExplainsIt) {
  Start();
  const std::string dashboard = ReadFile("grafana_dashboard.json");
  const std::string readme = ReadFile("../README.md");
  static const std::regex kPart("_(bucket|sum|count)$");
  for (const Sample& sample : Samples()) {
    if (sample.name.rfind("hookd_", 0) != 0) continue;
    const std::string name = std::regex_replace(sample.name, kPart, "");
    EXPECT_THAT(dashboard, HasSubstr(name));
    EXPECT_TRUE(readme.find("`" + name + "`") != std::string::npos ||
                readme.find("`" + name.substr(strlen("hookd_")) + "`") != std::string::npos)
        << name;
  }
}

}  // namespace
}  // namespace hookd
