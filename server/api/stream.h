// Streams as state machines between two halves: the transport's, which reads and sends for it, and the API's,
// which decides what to do next.
//
// Backpressure: at most one send and one read are in progress; the API's half begins the next only after the
// transport has reported the last. Both halves are thread-safe. The transport's half exists until Finish has
// been called; the API's half is shared, and the transport lets go of it when the call is over.
#ifndef HOOKD_API_STREAM_H_
#define HOOKD_API_STREAM_H_

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace hookd {

// The transport's half of a stream of responses.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;

  // Tells the caller that the stream has begun, before there is a response. Reported by OnSent.
  virtual void SendStart() = 0;

  // Sends a response, which is read before this returns; `more`: another follows at once, so that the
  // transport may send both together. Reported by OnSent.
  virtual void Send(const google::protobuf::Message& response, bool more) = 0;

  // Ends the stream with that status. Called once, and nothing after it; not while a send is in progress.
  virtual void Finish(const absl::Status& status) = 0;
};

// The API's half of a stream of responses.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;

  // Begins, after the transport has taken hold of it. Once, before the others.
  virtual void Start() = 0;

  // A send has ended; false: the caller is gone.
  virtual void OnSent(bool ok) = 0;

  // The caller has given up, or its connection has ended.
  virtual void OnCancelled() = 0;
};

// The transport's half of a stream of requests and responses.
class RequestSource : public ResponseSink {
 public:
  // Reads the next request. Reported by OnRequest, OnUnreadable or OnRequestsEnd.
  virtual void Read() = 0;
};

// The API's half of a stream of requests and responses.
class RequestStream : public ResponseStream {
 public:
  // A request has arrived; with an error, its fields could not all be read: those that could are set. The
  // request exists until this returns.
  virtual void OnRequest(const google::protobuf::Message& request, const absl::Status& error) = 0;

  // What has arrived is no request.
  virtual void OnUnreadable(const absl::Status& error) = 0;

  // The caller sends no more.
  virtual void OnRequestsEnd() = 0;
};

}  // namespace hookd

#endif  // HOOKD_API_STREAM_H_
