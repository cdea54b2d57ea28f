// First answers to calls that carried a request id, as bytes to be stored with it. Thread-safe; no state.
#ifndef HOOKD_STORE_ANSWER_CODEC_H_
#define HOOKD_STORE_ANSWER_CODEC_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "store/records.h"
#include "store/store.h"

namespace hookd {

// Each gives what the other was given; nothing for bytes that it did not write.
std::string EncodeAnswer(const Webhook& webhook);
std::optional<Webhook> DecodeWebhookAnswer(absl::string_view bytes);

std::string EncodeAnswer(const std::vector<AcceptedEvent>& events);
std::optional<std::vector<AcceptedEvent>> DecodeEventsAnswer(absl::string_view bytes);

// What AcceptEvents answers to a request id that it finds with this fingerprint and answer.
absl::StatusOr<Store::Accepted> FirstAnswer(const RequestId& request_id, absl::string_view fingerprint,
                                            absl::string_view answer);

}  // namespace hookd

#endif  // HOOKD_STORE_ANSWER_CODEC_H_
