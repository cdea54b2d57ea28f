// The two halves of a streaming call: the transport's half, which reads and sends, and the API's half, a
// state machine that decides what to do next.
//
// Backpressure: at most one send and one read are in progress. The API's half begins the next one only after
// the transport has reported the end of the previous one. Both halves are thread-safe. The transport's half
// exists until Finish is called; the API's half is shared, and the transport releases it at the end of the
// call.
#ifndef HOOKD_API_STREAM_H_
#define HOOKD_API_STREAM_H_

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace hookd {

// The transport's half of a stream of responses.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;

  // Notifies the caller that the stream has begun, before the first response. Its end is reported by OnSent.
  virtual void SendStart() = 0;

  // Sends a response, which is serialized before this returns. `more` means that another response follows
  // immediately, so that the transport may send both together. Its end is reported by OnSent.
  virtual void Send(const google::protobuf::Message& response, bool more) = 0;

  // Ends the stream with that status. Called once, as the last call, and not while a send is in progress.
  virtual void Finish(const absl::Status& status) = 0;
};

// The API's half of a stream of responses.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;

  // Begins the stream. The transport calls it once, before the other methods.
  virtual void Start() = 0;

  // A send has ended; `ok` is false if the caller is gone.
  virtual void OnSent(bool ok) = 0;

  // The caller has cancelled the call, or its connection has ended.
  virtual void OnCancelled() = 0;
};

// The transport's half of a stream of requests and responses.
class RequestSource : public ResponseSink {
 public:
  // Reads the next request. Its end is reported by OnRequest, OnUnreadable or OnRequestsEnd.
  virtual void Read() = 0;
};

// The API's half of a stream of requests and responses.
class RequestStream : public ResponseStream {
 public:
  // A request has arrived. With an error, the request is not valid, and only the fields that could be read
  // are set. The request exists until this returns.
  virtual void OnRequest(const google::protobuf::Message& request, const absl::Status& error) = 0;

  // A message has arrived that is not a request.
  virtual void OnUnreadable(const absl::Status& error) = 0;

  // The caller sends no more requests.
  virtual void OnRequestsEnd() = 0;
};

}  // namespace hookd

#endif  // HOOKD_API_STREAM_H_
