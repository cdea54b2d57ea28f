// The WebExchange of a connection's request: carries the handler's commands to the connection's thread, and
// what the connection reports to the handler.
//
// The methods of WebExchange are thread-safe; the others are for the connection's thread. An exchange that is
// destroyed without a response is answered with 500, and a stream without an end is cut.
#ifndef HOOKD_WEB_CONNECTION_HTTP_EXCHANGE_H_
#define HOOKD_WEB_CONNECTION_HTTP_EXCHANGE_H_

#include <atomic>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "web/connection/byte_account.h"
#include "web/connection/http_shared.h"
#include "web/web_exchange.h"

namespace hookd {

class HttpConnection;

class HttpExchange : public WebExchange, public std::enable_shared_from_this<HttpExchange> {
 public:
  // What the handler wants next.
  struct Command {
    enum class Kind { kNone, kResponse, kStream, kPart };
    Kind kind = Kind::kNone;
    WebResponse response;  // of kPart, only its body
    bool end = false;      // of a stream, after the part
    bool complete = false;
  };

  HttpExchange(std::shared_ptr<HttpConnection> connection, std::shared_ptr<HttpShared> shared);
  ~HttpExchange() override;

  // WebExchange.
  WebRequest& request() override { return request_; }
  void Respond(WebResponse response) override ABSL_LOCKS_EXCLUDED(mutex_);
  void StartStream(WebResponse response, std::shared_ptr<StreamListener> listener) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void WritePart(std::string part) override ABSL_LOCKS_EXCLUDED(mutex_);
  void EndStream(bool complete) override ABSL_LOCKS_EXCLUDED(mutex_);
  bool gone() const override { return gone_.load(std::memory_order_relaxed); }

  ByteAccount::Charge& charge() { return charge_; }
  // The exchange is given to the handler. Takes over a request that RequestCount::TryAdd counted.
  void SetServed() { served_ = true; }
  // Takes the handler's command.
  Command Take() ABSL_LOCKS_EXCLUDED(mutex_);
  // Reports that a part was written.
  void ReportWritten() ABSL_LOCKS_EXCLUDED(mutex_);
  // The connection is closed, or sends nothing of a stream any more. Only the first call has an effect.
  void ReportGone() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Has the connection's thread take the command.
  void Submit();

  const std::shared_ptr<HttpShared> shared_;
  const std::shared_ptr<HttpConnection> connection_;
  WebRequest request_;
  ByteAccount::Charge charge_;
  bool served_ = false;
  std::atomic<bool> gone_ = false;

  absl::Mutex mutex_;
  Command command_ ABSL_GUARDED_BY(mutex_);
  bool queued_ ABSL_GUARDED_BY(mutex_) = false;  // the thread will take the command
  bool answered_ ABSL_GUARDED_BY(mutex_) = false;
  bool streaming_ ABSL_GUARDED_BY(mutex_) = false;   // until EndStream
  bool unreported_ ABSL_GUARDED_BY(mutex_) = false;  // a part
  std::shared_ptr<StreamListener> listener_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_HTTP_EXCHANGE_H_
