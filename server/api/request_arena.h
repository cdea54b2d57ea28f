// Memory for a request while it is handled. The requests of a thread use the same memory one after another,
// so that it stays in the CPU's cache and calls that wait for their commit hold no memory.
//
// Not thread-safe: used and destroyed on the thread that created it. An arena that is created while another
// one is in use on the same thread has separate memory.
#ifndef HOOKD_API_REQUEST_ARENA_H_
#define HOOKD_API_REQUEST_ARENA_H_

#include <memory>

#include "google/protobuf/arena.h"
#include "google/protobuf/message.h"

namespace hookd {

class RequestArena {
 public:
  RequestArena();
  // Destroys all messages that were made.
  ~RequestArena();
  RequestArena(const RequestArena&) = delete;
  RequestArena& operator=(const RequestArena&) = delete;

  // Returns an empty message of the prototype's type, which this owns.
  google::protobuf::Message* Make(const google::protobuf::Message& prototype) const {
    return prototype.New(arena_);
  }

 private:
  std::unique_ptr<google::protobuf::Arena> own_;  // null if the memory of the thread is used
  google::protobuf::Arena* arena_;
};

}  // namespace hookd

#endif  // HOOKD_API_REQUEST_ARENA_H_
