// Reads the HTTP/2 frames (RFC 9113) that one caller sends and accounts for the memory and work that they
// cause in gRPC. Remove with transport_hooks.h, which gives it the input.
//
// It reads frame headers and the prefixes of gRPC messages, never their contents. It does not validate: gRPC
// refuses input that is not HTTP/2.
//
// Not thread-safe: one thread at a time passes the bytes of a connection, in order. No method blocks.
#ifndef HOOKD_GRPC_LIMITS_FRAME_ACCOUNT_H_
#define HOOKD_GRPC_LIMITS_FRAME_ACCOUNT_H_

#include <array>
#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace hookd {

class FrameAccount {
 public:
  // The contents of a piece of input.
  struct Input {
    int resets = 0;               // RST_STREAM, and WINDOW_UPDATE of 0, which makes the server reset the call
    int empty_frames = 0;         // SETTINGS, PRIORITY, empty DATA and frames of unknown types
    bool long_headers = false;    // the metadata of a call exceeds limits::kMaxHeaderBlockBytes
    bool too_many_calls = false;  // more calls have incomplete messages than can be in flight
  };

  // Accounts for `bytes`, the next input. `now` is Clock::Steady().
  Input Take(absl::string_view bytes, absl::Time now);

  // Bytes of incomplete messages. Messages longer than limits::kMaxRequestBytes do not count, because gRPC
  // does not keep them.
  int64_t incomplete_bytes() const { return incomplete_bytes_; }
  // Calls whose first message has not arrived completely.
  int incomplete_calls() const { return incomplete_calls_; }
  // The earliest deadline of an incomplete message; InfiniteFuture if there is none.
  absl::Time message_deadline() const { return message_deadline_; }
  // Whether a call has ever begun.
  bool any_call() const { return last_stream_ != 0; }

 private:
  static constexpr size_t kHeadBytes = 9;
  static constexpr size_t kPrefixBytes = 5;  // of a message: a flag and the length

  // A call whose caller may still send messages, as far as its frames show. Calls that the server has ended
  // may remain.
  struct Call {
    bool incomplete = false;                       // it counts in incomplete_calls()
    size_t prefix = 0;                             // bytes of the message's prefix that have arrived
    uint32_t length = 0;                           // of the message, as far as it has arrived
    uint32_t received = 0;                         // bytes of the message
    absl::Time deadline = absl::InfiniteFuture();  // set at the end of the input with which the message began
  };

  void BeginFrame(Input& input);
  void EndFrame();
  void TakeData(absl::string_view bytes);
  // Returns the call of the stream, adding it if it is not known; null if there are too many calls.
  Call* FindOrAdd(uint32_t stream, Input& input);
  void EndCall(uint32_t stream);
  void EndMessage(Call& call);
  // Forgets calls without an incomplete message if there are too many. The server has ended them long ago, or
  // their next message adds them again.
  void ForgetOld();
  // Sets the deadlines of new messages, and message_deadline_.
  void UpdateDeadline(absl::Time now);

  size_t preface_left_ = 24;
  std::array<uint8_t, kHeadBytes> head_{};
  size_t head_size_ = 0;
  // The current frame.
  uint32_t payload_left_ = 0;
  uint8_t type_ = 0;
  uint8_t flags_ = 0;
  uint32_t stream_ = 0;
  Call* call_ = nullptr;    // the call of a DATA frame
  uint32_t increment_ = 0;  // the value of a WINDOW_UPDATE frame
  size_t block_bytes_ = 0;  // bytes of a call's metadata
  uint32_t last_stream_ = 0;
  absl::flat_hash_map<uint32_t, Call> calls_;
  int64_t incomplete_bytes_ = 0;
  int incomplete_calls_ = 0;
  absl::Time message_deadline_ = absl::InfiniteFuture();
  bool messages_changed_ = false;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_LIMITS_FRAME_ACCOUNT_H_
