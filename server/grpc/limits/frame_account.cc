#include "grpc/limits/frame_account.h"

#include <algorithm>

#include "base/limits.h"

namespace hookd {
namespace {

constexpr uint8_t kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6, kGoaway = 7,
                  kWindowUpdate = 8, kContinuation = 9;
constexpr uint8_t kAck = 1, kEndStream = 1;
// Each frame of a header block costs gRPC more than its bytes, because gRPC parses incomplete blocks again.
constexpr size_t kBlockFrameBytes = 64;
// The maximum number of remembered calls: several times the number that can be in flight.
constexpr size_t kMaxRemembered = size_t{4} * limits::kMaxConcurrentCalls;

uint32_t ToNumber(const uint8_t* bytes, int count) {
  uint32_t number = 0;
  for (int i = 0; i < count; ++i) number = number << 8 | bytes[i];
  return number;
}

}  // namespace

FrameAccount::Input FrameAccount::Take(absl::string_view bytes, absl::Time now) {
  Input input;
  const size_t preface = std::min(preface_left_, bytes.size());
  preface_left_ -= preface;
  bytes.remove_prefix(preface);
  while (!bytes.empty()) {
    if (head_size_ < kHeadBytes) {
      const size_t count = std::min(kHeadBytes - head_size_, bytes.size());
      std::copy_n(bytes.begin(), count, head_.begin() + head_size_);
      head_size_ += count;
      bytes.remove_prefix(count);
      if (head_size_ < kHeadBytes) break;
      BeginFrame(input);
    }
    const absl::string_view payload = bytes.substr(0, payload_left_);
    if (call_ != nullptr) TakeData(payload);
    if (type_ == kWindowUpdate) {
      for (const char byte : payload) increment_ = increment_ << 8 | static_cast<uint8_t>(byte);
    }
    payload_left_ -= static_cast<uint32_t>(payload.size());
    bytes.remove_prefix(payload.size());
    if (payload_left_ > 0) break;
    if (type_ == kWindowUpdate && stream_ != 0 && (increment_ & 0x7FFFFFFF) == 0) ++input.resets;
    EndFrame();
  }
  if (messages_changed_) UpdateDeadline(now);
  return input;
}

void FrameAccount::BeginFrame(Input& input) {
  payload_left_ = ToNumber(head_.data(), 3);
  type_ = head_[3];
  flags_ = head_[4];
  stream_ = ToNumber(&head_[5], 4) & 0x7FFFFFFF;
  switch (type_) {
    case kHeaders:
      block_bytes_ = payload_left_;
      if (stream_ > last_stream_) {
        last_stream_ = stream_;
        Call* const call = FindOrAdd(stream_, input);
        if (call == nullptr) break;
        call->incomplete = true;
        ++incomplete_calls_;
      }
      break;
    case kContinuation:
      block_bytes_ += payload_left_ + kBlockFrameBytes;
      break;
    case kData:
      if (stream_ != 0 && stream_ <= last_stream_) call_ = FindOrAdd(stream_, input);
      if (payload_left_ == 0 && (flags_ & kEndStream) == 0) ++input.empty_frames;
      break;
    case kReset:
      ++input.resets;
      break;
    case kWindowUpdate:
      increment_ = 0;
      break;
    case kSettings:
      if ((flags_ & kAck) == 0) ++input.empty_frames;
      break;
    case kPing:  // gRPC limits pings itself: limits::kMinPingInterval
    case kGoaway:
      break;
    default:
      ++input.empty_frames;
  }
  if (block_bytes_ > limits::kMaxHeaderBlockBytes) input.long_headers = true;
}

FrameAccount::Call* FrameAccount::FindOrAdd(uint32_t stream, Input& input) {
  const auto found = calls_.find(stream);
  if (found != calls_.end()) return &found->second;
  if (calls_.size() >= kMaxRemembered) {
    ForgetOld();
    // gRPC has at most this many. The others are streams that never existed or that gRPC has ended.
    input.too_many_calls = calls_.size() > size_t{2} * limits::kMaxConcurrentCalls;
    if (input.too_many_calls) return nullptr;
  }
  return &calls_[stream];
}

void FrameAccount::EndFrame() {
  head_size_ = 0;
  call_ = nullptr;
  const bool ends = (type_ == kHeaders || type_ == kData) && (flags_ & kEndStream) != 0;
  if (ends || type_ == kReset) EndCall(stream_);
}

void FrameAccount::TakeData(absl::string_view bytes) {
  while (!bytes.empty()) {
    if (call_->prefix < kPrefixBytes) {
      const auto byte = static_cast<uint8_t>(bytes.front());
      bytes.remove_prefix(1);
      // The first byte is a flag; the others are the length.
      if (++call_->prefix > 1) call_->length = call_->length << 8 | byte;
      if (call_->prefix == kPrefixBytes && call_->length == 0) EndMessage(*call_);
      continue;
    }
    const auto count = static_cast<uint32_t>(std::min<size_t>(call_->length - call_->received, bytes.size()));
    bytes.remove_prefix(count);
    call_->received += count;
    if (call_->length <= limits::kMaxRequestBytes) incomplete_bytes_ += count;
    if (call_->received == call_->length) EndMessage(*call_);
  }
  if (call_->prefix > 0 && call_->deadline == absl::InfiniteFuture()) messages_changed_ = true;
}

void FrameAccount::EndMessage(Call& call) {
  if (call.length <= limits::kMaxRequestBytes) incomplete_bytes_ -= call.received;
  if (call.deadline != absl::InfiniteFuture()) messages_changed_ = true;
  if (call.incomplete) --incomplete_calls_;
  call = Call();
}

void FrameAccount::ForgetOld() {
  absl::erase_if(calls_, [this](const auto& entry) {
    const bool forget = entry.second.prefix == 0;
    if (forget && entry.second.incomplete) --incomplete_calls_;
    return forget;
  });
}

void FrameAccount::EndCall(uint32_t stream) {
  const auto call = calls_.find(stream);
  if (call == calls_.end()) return;
  EndMessage(call->second);
  calls_.erase(call);
}

void FrameAccount::UpdateDeadline(absl::Time now) {
  messages_changed_ = false;
  message_deadline_ = absl::InfiniteFuture();
  for (auto& [stream, call] : calls_) {
    if (call.prefix == 0) continue;
    if (call.deadline == absl::InfiniteFuture()) {
      const int64_t length = call.prefix == kPrefixBytes ? call.length : limits::kMaxRequestBytes;
      call.deadline = now + limits::kMessageTimeout + absl::Seconds(length / limits::kMessageBytesPerSecond);
    }
    message_deadline_ = std::min(message_deadline_, call.deadline);
  }
}

}  // namespace hookd
