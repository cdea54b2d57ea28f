// Reads the HTTP/2 frames (RFC 9113) that one caller sends, and accounts for what they make gRPC hold and do.
//
// It reads frame headers and the prefixes of gRPC messages, never their contents. It does not validate: what
// is not HTTP/2 is left for gRPC to refuse.
//
// Not thread-safe: one thread at a time passes the bytes of a connection, in order.
#ifndef HOOKD_GRPC_FRAME_ACCOUNT_H_
#define HOOKD_GRPC_FRAME_ACCOUNT_H_

#include <array>
#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace hookd {

class FrameAccount {
 public:
  // What a piece of input contained.
  struct Input {
    int resets = 0;               // RST_STREAM, and WINDOW_UPDATE of 0, which makes the server reset the call
    int empty_frames = 0;         // SETTINGS, PRIORITY, empty DATA and frames of unknown types
    bool long_headers = false;    // a call's metadata exceed limits::kMaxHeaderBlockBytes
    bool too_many_calls = false;  // more have a part of a message than can be in flight
  };

  // Accounts for `bytes`, the next that arrived. `now` is Clock::Steady's.
  Input Take(absl::string_view bytes, absl::Time now);

  // Bytes of messages that have begun to arrive and are not complete. Those that announce more than
  // limits::kMaxRequestBytes do not count: gRPC does not keep them.
  int64_t incomplete_bytes() const { return incomplete_bytes_; }
  // Calls whose first message has not arrived completely.
  int incomplete_calls() const { return incomplete_calls_; }
  // When the first of the incomplete messages has to be complete; InfiniteFuture if there are none.
  absl::Time message_deadline() const { return message_deadline_; }
  // Whether a call has ever begun.
  bool any_call() const { return last_stream_ != 0; }

 private:
  static constexpr size_t kHeadBytes = 9;
  static constexpr size_t kPrefixBytes = 5;  // of a message: a flag, and its length

  // A call whose caller may still send messages, as far as the caller has told: one that the server has ended
  // may remain.
  struct Call {
    bool incomplete = false;                       // it is one of incomplete_calls()
    size_t prefix = 0;                             // bytes of the message's prefix that have arrived
    uint32_t length = 0;                           // of the message, as far as the prefix has arrived
    uint32_t received = 0;                         // bytes of the message
    absl::Time deadline = absl::InfiniteFuture();  // known at the end of the input that began it
  };

  void BeginFrame(Input& input);
  void EndFrame();
  void TakeData(absl::string_view bytes);
  // The call of that stream, which may be one that was not known. Null if there are too many.
  Call* FindOrAdd(uint32_t stream, Input& input);
  void EndCall(uint32_t stream);
  void EndMessage(Call& call);
  // Forgets calls between two messages when there are too many: the server has ended them long ago, or they
  // are found again with their next message.
  void ForgetOld();
  // Gives messages that began a deadline, and finds the first.
  void UpdateDeadline(absl::Time now);

  size_t preface_left_ = 24;
  std::array<uint8_t, kHeadBytes> head_{};
  size_t head_size_ = 0;
  // The frame that is being read.
  uint32_t payload_left_ = 0;
  uint8_t type_ = 0;
  uint8_t flags_ = 0;
  uint32_t stream_ = 0;
  Call* call_ = nullptr;    // of a DATA frame
  uint32_t increment_ = 0;  // of a WINDOW_UPDATE frame
  size_t block_bytes_ = 0;  // of a call's metadata
  uint32_t last_stream_ = 0;
  absl::flat_hash_map<uint32_t, Call> calls_;
  int64_t incomplete_bytes_ = 0;
  int incomplete_calls_ = 0;
  absl::Time message_deadline_ = absl::InfiniteFuture();
  bool messages_changed_ = false;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_FRAME_ACCOUNT_H_
