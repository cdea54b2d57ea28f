// What every HttpClient promises (http_client.h), tried with CurlClient and with the tests' fake.
#include <atomic>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/curl/curl_client.h"
#include "http/http_client.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/http_receiver.h"
#include "tests/unit/http/curl/curl_client_support.h"

namespace hookd {
namespace {

using ::testing::Each;
using ::testing::Field;
using ::testing::Ne;
using ::testing::SizeIs;

constexpr char kAnswered[] = "/answered";
constexpr char kHung[] = "/hung";

// A client, with an endpoint that answers 200 to kAnswered and never to kHung. Thread-safe.
class Implementation {
 public:
  virtual ~Implementation() = default;
  virtual HttpClient& client() = 0;
  virtual void DestroyClient() = 0;
  virtual std::string Url(const std::string& path) const = 0;
  // Lets the endpoint answer what was sent to kAnswered until `enough` holds or patience is over.
  virtual void AnswerUntil(const std::function<bool()>& enough) = 0;
};

class CurlImplementation : public Implementation {
 public:
  CurlImplementation() { receiver_.Set(kHung, {.hang = true}); }
  HttpClient& client() override { return *client_; }
  void DestroyClient() override { client_.reset(); }
  std::string Url(const std::string& path) const override { return receiver_.Url(path); }
  void AnswerUntil(const std::function<bool()>& enough) override {
    const absl::Time end = absl::Now() + kPatience;
    while (!enough() && absl::Now() < end) std::this_thread::yield();
  }

 private:
  HttpReceiver receiver_;
  std::unique_ptr<CurlClient> client_ = MakeClient({.loops = 2});
};

class FakeImplementation : public Implementation {
 public:
  HttpClient& client() override { return *client_; }
  void DestroyClient() override { client_.reset(); }
  std::string Url(const std::string& path) const override { return "http://fake.test" + path; }
  void AnswerUntil(const std::function<bool()>& enough) override {
    const auto answered = [this](const HttpRequest& request) { return request.url == Url(kAnswered); };
    HttpResult result;
    result.status = 200;
    const absl::Time end = absl::Now() + kPatience;
    while (!enough() && absl::Now() < end) {
      if (!client_->AnswerWhere(answered, result)) std::this_thread::yield();
    }
  }

 private:
  std::unique_ptr<FakeHttpClient> client_ = std::make_unique<FakeHttpClient>();
};

struct Named {
  const char* name;
  std::unique_ptr<Implementation> (*make)();
};

void PrintTo(const Named& named, std::ostream* out) { *out << named.name; }

class HttpClientTest : public ::testing::TestWithParam<Named> {
 protected:
  HttpRequest Request(const char* path, size_t affinity = 0) const {
    HttpRequest request = MakeRequest(implementation_->Url(path), absl::Hours(1));
    request.affinity = affinity;
    return request;
  }
  std::vector<HttpResult> AnswerUntilThereAre(size_t count) {
    implementation_->AnswerUntil([&] { return results_.WaitFor(0).size() >= count; });
    return results_.WaitFor(0);
  }

  Results results_;  // outlives the client
  const std::unique_ptr<Implementation> implementation_ = GetParam().make();
};

TEST_P(HttpClientTest, CallsEachDoneOnceWithTheAnswer) {
  std::vector<std::atomic<int>> calls(50);
  for (size_t i = 0; i < calls.size(); ++i) {
    implementation_->client().Send(Request(kAnswered, i), [&, i](HttpResult result) {
      ++calls[i];
      results_.Done()(std::move(result));
    });
  }
  EXPECT_THAT(AnswerUntilThereAre(50), Each(Field(&HttpResult::status, 200)));
  implementation_->DestroyClient();
  EXPECT_THAT(results_.WaitFor(0), SizeIs(50));
  for (const auto& count : calls) EXPECT_EQ(count, 1);
}

TEST_P(HttpClientTest, NeverCallsDoneFromWithinSend) {
  static thread_local bool within_send = false;
  std::atomic<bool> called_within = false;
  // The last two fail at once.
  for (const std::string& url :
       {implementation_->Url(kAnswered), std::string("http://127.0.0.1:1/"), std::string("not a URL")}) {
    HttpRequest request = Request(kAnswered);
    request.url = url;
    within_send = true;
    implementation_->client().Send(std::move(request), [&](HttpResult result) {
      if (within_send) called_within = true;
      results_.Done()(std::move(result));
    });
    within_send = false;
  }
  AnswerUntilThereAre(1);
  implementation_->DestroyClient();
  EXPECT_THAT(results_.WaitFor(0), SizeIs(3));
  EXPECT_FALSE(called_within);
}

TEST_P(HttpClientTest, LetsDoneSend) {
  HttpClient& client = implementation_->client();
  client.Send(Request(kAnswered),
              [&](const HttpResult&) { client.Send(Request(kAnswered, 1), results_.Done()); });
  EXPECT_THAT(AnswerUntilThereAre(1), SizeIs(1));
}

TEST_P(HttpClientTest, AnswersOthersWhileOneHangs) {
  implementation_->client().Send(Request(kHung), [](const HttpResult&) {});
  implementation_->client().Send(Request(kAnswered), results_.Done());
  EXPECT_THAT(AnswerUntilThereAre(1), SizeIs(1));
}

TEST_P(HttpClientTest, EndsEachRequestOnceWithAnErrorBeforeItIsGone) {
  HttpClient* const client = &implementation_->client();
  for (size_t i = 0; i < 20; ++i) {
    client->Send(Request(kHung, i), [this, client, i](HttpResult result) {
      results_.Done()(std::move(result));
      client->Send(Request(kHung, i + 1), results_.Done());
    });
  }
  implementation_->DestroyClient();
  const std::vector<HttpResult> results = results_.WaitFor(0);
  EXPECT_THAT(results, SizeIs(40));
  EXPECT_THAT(results, Each(Field(&HttpResult::error, Ne(""))));
  EXPECT_THAT(results, Each(Field(&HttpResult::status, 0)));
}

TEST_P(HttpClientTest, TakesRequestsFromSeveralThreads) {
  std::vector<std::thread> threads;
  for (size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      for (int i = 0; i < 50; ++i)
        implementation_->client().Send(Request(kAnswered, thread), results_.Done());
    });
  }
  EXPECT_THAT(AnswerUntilThereAre(200), SizeIs(200));
  for (std::thread& thread : threads) thread.join();
}

INSTANTIATE_TEST_SUITE_P(Every, HttpClientTest,
                         ::testing::Values(Named{"Curl",
                                                 []() -> std::unique_ptr<Implementation> {
                                                   return std::make_unique<CurlImplementation>();
                                                 }},
                                           Named{"Fake",
                                                 []() -> std::unique_ptr<Implementation> {
                                                   return std::make_unique<FakeImplementation>();
                                                 }}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace hookd
