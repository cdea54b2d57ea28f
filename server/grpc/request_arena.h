// Memory for a request that is gone when it has been handled: its thread's, used for one after the other, so
// that the next one finds it in the CPU's cache, and calls that wait for their commit hold none of it.
//
// Used on the thread that made it, and ends there. One made while another is in use on that thread has memory
// of its own.
#ifndef HOOKD_GRPC_REQUEST_ARENA_H_
#define HOOKD_GRPC_REQUEST_ARENA_H_

#include <memory>

#include "google/protobuf/arena.h"
#include "google/protobuf/message.h"

namespace hookd {

class RequestArena {
 public:
  RequestArena();
  // Ends all messages that were made.
  ~RequestArena();
  RequestArena(const RequestArena&) = delete;
  RequestArena& operator=(const RequestArena&) = delete;

  // An empty message of the prototype's type, owned by this.
  google::protobuf::Message* Make(const google::protobuf::Message& prototype) const {
    return prototype.New(arena_);
  }

 private:
  std::unique_ptr<google::protobuf::Arena> own_;  // null: the thread's is used
  google::protobuf::Arena* arena_;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_REQUEST_ARENA_H_
