// An HttpClient that sends nothing: it keeps the requests it is given, and a test answers them when it likes.
//
// Thread-safe. `done` is called on the thread that answers, with no lock held; it may call Send. The
// destructor answers what still waits with an error, as CurlClient does; a Send that comes during it is
// answered too.
#ifndef HOOKD_TESTS_SUPPORT_FAKE_HTTP_CLIENT_H_
#define HOOKD_TESTS_SUPPORT_FAKE_HTTP_CLIENT_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "http/http_client.h"

namespace hookd {

class FakeHttpClient : public HttpClient {
 public:
  FakeHttpClient() = default;
  ~FakeHttpClient() override;

  void Send(HttpRequest request, std::function<void(HttpResult)> done) override;

  // How many requests were sent so far, answered ones included.
  size_t sent() const;

  // The requests that are not answered yet, oldest first.
  std::vector<HttpRequest> waiting() const;

  // Answers the oldest request that waits. False if none does.
  bool AnswerNext(HttpResult result);

  // Answers the oldest request that waits and for which `matches` holds; `matches` must not call this client.
  // False if there is none.
  bool AnswerWhere(const std::function<bool(const HttpRequest&)>& matches, HttpResult result);

  // Answers all that wait at this moment, oldest first, and says how many. What their `done` sends waits on.
  size_t AnswerAll(const HttpResult& result);

  // Waits until at least `n` requests wait. False if they do not within `timeout`.
  bool WaitForWaiting(size_t n, absl::Duration timeout) const;

 private:
  struct Waiting {
    HttpRequest request;
    std::function<void(HttpResult)> done;
  };

  mutable absl::Mutex mutex_;
  size_t sent_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_FAKE_HTTP_CLIENT_H_
