// One request and its response, as the code that serves it sees them: the connection's half and the
// handler's.
//
// Thread-safe. The handler owns the exchange, and may keep it longer than the server exists. An exchange that
// is destroyed without a response is answered with 500; a stream without an end is cut.
#ifndef HOOKD_WEB_WEB_EXCHANGE_H_
#define HOOKD_WEB_WEB_EXCHANGE_H_

#include <memory>
#include <string>

#include "web/web_request.h"

namespace hookd {

class WebExchange {
 public:
  // What the connection reports of a stream, on one of its threads or, if the caller is gone already, within
  // the call that sends. Must not block.
  class StreamListener {
   public:
    virtual ~StreamListener() = default;
    // A part was written. Called once for each; `ok` is false if the caller is gone or did not read it in
    // limits::kHttpWriteTimeout. OnGone was called or follows then.
    virtual void OnWritten(bool ok) = 0;
    // The caller is gone, wants no body (HEAD), or the server ends its connections. The last report, at most
    // once; not after EndStream, except that it may be running at the same time.
    virtual void OnGone() = 0;
  };

  virtual ~WebExchange() = default;

  // The request. The handler may take its parts before it responds, on the thread of Handle.
  virtual WebRequest& request() = 0;

  // Sends a response with its whole body. Call once, instead of StartStream, on any thread.
  virtual void Respond(WebResponse response) = 0;

  // Sends the head of a response whose body follows in parts (chunked; until the end of the connection for a
  // caller of HTTP/1.0). `response.body` is the first part and may be empty. Reported by OnWritten, as every
  // part is. The exchange keeps the listener until EndStream, which is called after OnGone too.
  virtual void StartStream(WebResponse response, std::shared_ptr<StreamListener> listener) = 0;
  // Sends a part. Requires: the previous part was reported, and EndStream was not called.
  virtual void WritePart(std::string part) = 0;
  // Ends the stream. If it is not `complete`, the connection is closed without the last chunk, so that the
  // caller notices.
  virtual void EndStream(bool complete) = 0;

  // Whether the caller is gone. Its responses and parts are discarded. A caller that only sends no more is
  // not gone, unless its response is a stream.
  virtual bool gone() const = 0;
};

// Serves requests.
class WebHandler {
 public:
  virtual ~WebHandler() = default;
  // Serves one request. Called on a thread of the server; must not block. The response may follow later, on
  // any thread.
  virtual void Handle(std::shared_ptr<WebExchange> exchange) = 0;
};

}  // namespace hookd

#endif  // HOOKD_WEB_WEB_EXCHANGE_H_
