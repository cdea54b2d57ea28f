// What HttpReceiver writes, as bytes: a Behaviour turned into a plan that a connection plays. Plain data.
#ifndef HOOKD_TESTS_SUPPORT_RECEIVER_ANSWER_H_
#define HOOKD_TESTS_SUPPORT_RECEIVER_ANSWER_H_

#include <string>

#include "absl/time/time.h"
#include "tests/support/http_receiver.h"

namespace hookd {

struct ReceiverAnswer {
  enum class End { kKeep, kClose, kReset, kHang };

  absl::Duration delay;  // before the first byte, and before the end if there is none
  std::string head;      // sent at once
  std::string body;      // sent after it
  absl::Duration drip;   // if not 0: between the bytes of the body
  bool endless = false;  // the body, which is not empty then, begins again whenever it is through
  End end = End::kKeep;
};

ReceiverAnswer MakeAnswer(const HttpReceiver::Behaviour& behaviour);

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_RECEIVER_ANSWER_H_
