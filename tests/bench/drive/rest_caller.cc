#include "tests/bench/drive/rest_caller.h"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/drive/in_flight.h"

namespace hookd::bench {
namespace {

class RestCaller : public Caller {
 public:
  RestCaller(HttpClient& client, std::unique_ptr<EventSource> events, Ledger& ledger)
      : client_(client), events_(std::move(events)), ledger_(ledger) {}

  void Emit(const std::string& project, int64_t number) override {
    body_.clear();
    events_->AppendJson(number, body_);
    in_flight_.Add();
    client_.Post(absl::StrCat("/v1/", project, "/events:emit"), body_,
                 [this, number](int status, absl::string_view body) {
                   Check(status, body);
                   ledger_.Acknowledge(number);
                   in_flight_.Remove();
                 });
  }

  void Finish() override { in_flight_.WaitForNone(); }

 protected:
  void Check(int status, absl::string_view body) {
    if (status == 200) return;
    ledger_.Fail();
    if (ledger_.failed() > 3) return;
    std::fprintf(stderr, "a request failed: %d %.*s\n", status, static_cast<int>(body.size()), body.data());
  }

  HttpClient& client_;
  const std::unique_ptr<EventSource> events_;
  Ledger& ledger_;
  InFlight in_flight_;

 private:
  std::string body_;
};

class RestBatchCaller : public RestCaller {
 public:
  using RestCaller::RestCaller;

  void Emit(const std::string& project, int64_t number) override {
    if (numbers_.empty()) {
      path_ = absl::StrCat("/v1/", project, "/events:batchEmit");
      body_ = std::string(events_->before_batch());
    } else {
      body_ += ',';
    }
    events_->AppendJson(number, body_);
    numbers_.push_back(number);
    if (numbers_.size() == kBatch) Flush();
  }

  void Flush() override {
    if (numbers_.empty()) return;
    absl::StrAppend(&body_, events_->after_batch());
    in_flight_.Add();
    client_.Post(path_, body_,
                 [this, numbers = std::exchange(numbers_, {})](int status, absl::string_view body) {
                   Check(status, body);
                   for (const int64_t number : numbers) ledger_.Acknowledge(number);
                   in_flight_.Remove();
                 });
  }

 private:
  std::string path_;
  std::string body_;
  std::vector<int64_t> numbers_;
};

}  // namespace

std::unique_ptr<Caller> MakeRestCaller(HttpClient& client, std::unique_ptr<EventSource> events,
                                       Ledger& ledger) {
  return std::make_unique<RestCaller>(client, std::move(events), ledger);
}

std::unique_ptr<Caller> MakeRestBatchCaller(HttpClient& client, std::unique_ptr<EventSource> events,
                                            Ledger& ledger) {
  return std::make_unique<RestBatchCaller>(client, std::move(events), ledger);
}

}  // namespace hookd::bench
