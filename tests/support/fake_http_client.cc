#include "tests/support/fake_http_client.h"

#include <algorithm>
#include <utility>

namespace hookd {

FakeHttpClient::~FakeHttpClient() {
  HttpResult result;
  result.error = "hookd is shutting down";
  // What a `done` sends while this goes on is answered as well.
  while (AnswerAll(result) > 0) {
  }
}

void FakeHttpClient::Send(HttpRequest request, std::function<void(HttpResult)> done) {
  absl::MutexLock lock(&mutex_);
  ++sent_;
  waiting_.push_back({std::move(request), std::move(done)});
}

size_t FakeHttpClient::sent() const {
  absl::MutexLock lock(&mutex_);
  return sent_;
}

std::vector<HttpRequest> FakeHttpClient::waiting() const {
  absl::MutexLock lock(&mutex_);
  std::vector<HttpRequest> requests;
  requests.reserve(waiting_.size());
  for (const Waiting& waiting : waiting_) requests.push_back(waiting.request);
  return requests;
}

bool FakeHttpClient::AnswerNext(HttpResult result) {
  return AnswerWhere([](const HttpRequest&) { return true; }, std::move(result));
}

bool FakeHttpClient::AnswerWhere(const std::function<bool(const HttpRequest&)>& matches, HttpResult result) {
  Waiting answered;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&](const Waiting& waiting) { return matches(waiting.request); });
    if (found == waiting_.end()) return false;
    answered = std::move(*found);
    waiting_.erase(found);
  }
  answered.done(std::move(result));
  return true;
}

size_t FakeHttpClient::AnswerAll(const HttpResult& result) {
  std::deque<Waiting> answered;
  {
    absl::MutexLock lock(&mutex_);
    answered.swap(waiting_);
  }
  for (Waiting& waiting : answered) waiting.done(result);
  return answered.size();
}

bool FakeHttpClient::WaitForWaiting(size_t n, absl::Duration timeout) const {
  const auto enough = [this, n]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return waiting_.size() >= n; };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&enough), timeout);
}

}  // namespace hookd
