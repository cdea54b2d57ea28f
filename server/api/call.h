// A call as a handler sees it: what is known of its caller, and where its answer goes.
#ifndef HOOKD_API_CALL_H_
#define HOOKD_API_CALL_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "api/caller.h"
#include "api/caller_access.h"
#include "api/status.h"
#include "google/protobuf/message.h"

namespace hookd {

// Valid until the handler returns.
struct CallContext {
  const Caller& caller;
  const CallerAccess& access;
};

// The end of a unary call that belongs to its transport. Thread-safe.
class UnaryCall {
 public:
  virtual ~UnaryCall() = default;

  // Ends the call: with `response` if the status is OK, with the error otherwise. Called once, on any thread;
  // the call no longer exists when this returns. `response` is read before this returns.
  virtual void Finish(const absl::Status& status, const google::protobuf::Message* response) = 0;

  // Whether the caller has given up. Until Finish.
  virtual bool Cancelled() const = 0;
};

// Answers one unary call, once, on any thread. Copies answer the same call. Does not own the call.
template <typename Response>
class Reply {
 public:
  explicit Reply(UnaryCall* call) : call_(call) {}

  void Send(const Response& response) const { call_->Finish(absl::OkStatus(), &response); }

  // Sends an error with its details (api/status.h); `resource` is the name of what it is about, if any.
  void Fail(const absl::Status& status, absl::string_view resource = "") const {
    call_->Finish(WithDetails(status, resource), nullptr);
  }

  bool Cancelled() const { return call_->Cancelled(); }

 private:
  UnaryCall* call_;
};

}  // namespace hookd

#endif  // HOOKD_API_CALL_H_
