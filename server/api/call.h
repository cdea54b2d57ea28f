// A unary call as a handler sees it: the caller and its permissions, and the reply.
//
// CallContext is used on the handler's thread; Reply and UnaryCall are thread-safe.
#ifndef HOOKD_API_CALL_H_
#define HOOKD_API_CALL_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "api/caller.h"
#include "api/caller_access.h"
#include "api/status.h"
#include "google/protobuf/message.h"

namespace hookd {

// The caller of a call. Valid until the handler returns.
struct CallContext {
  const Caller& caller;
  const CallerAccess& access;
};

// The transport's half of a unary call, which receives the result. Thread-safe.
class UnaryCall {
 public:
  virtual ~UnaryCall() = default;

  // Ends the call, with `response` if the status is OK and with the error otherwise. Called once, on any
  // thread. The call no longer exists when this returns. `response` is serialized before this returns.
  virtual void Finish(const absl::Status& status, const google::protobuf::Message* response) = 0;

  // Whether the caller has cancelled the call. Must not be called after Finish.
  virtual bool Cancelled() const = 0;
};

// Sends the result of one unary call: Send or Fail, once, on any thread. Copies refer to the same call, which
// a Reply does not own.
template <typename Response>
class Reply {
 public:
  explicit Reply(UnaryCall* call) : call_(call) {}

  void Send(const Response& response) const { call_->Finish(absl::OkStatus(), &response); }

  // Sends an error with its details (api/status.h). `resource` is the name of the resource in question, if
  // any.
  void Fail(const absl::Status& status, absl::string_view resource = "") const {
    call_->Finish(WithDetails(status, resource), nullptr);
  }

  bool Cancelled() const { return call_->Cancelled(); }

 private:
  UnaryCall* call_;
};

}  // namespace hookd

#endif  // HOOKD_API_CALL_H_
