// An exchange without a connection: records what the handler sends, and reports what the test says.
//
// Not thread-safe.
#ifndef HOOKD_TESTS_UNIT_WEB_FAKE_EXCHANGE_H_
#define HOOKD_TESTS_UNIT_WEB_FAKE_EXCHANGE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "web/connection/compression.h"
#include "web/web_exchange.h"

namespace hookd {

class FakeExchange : public WebExchange {
 public:
  FakeExchange(std::string method, std::string target, WebHeaders headers = {}, std::string body = "") {
    request_.method = std::move(method);
    request_.target = std::move(target);
    request_.headers = std::move(headers);
    request_.body = std::move(body);
    request_.peer = "test";
  }

  WebRequest& request() override { return request_; }
  void Respond(WebResponse response) override {
    EXPECT_FALSE(response_.has_value());
    if (response.gzip) Compress(response);  // as a connection does
    response_ = std::move(response);
  }
  void StartStream(WebResponse response, std::shared_ptr<StreamListener> listener) override {
    EXPECT_FALSE(response_.has_value());
    parts_.push_back(std::exchange(response.body, ""));
    response_ = std::move(response);
    listener_ = std::move(listener);
    unreported_ = true;
  }
  void WritePart(std::string part) override {
    if (gone_) {
      const auto listener = listener_;
      return listener->OnWritten(false);
    }
    EXPECT_FALSE(unreported_) << "one part at a time";
    EXPECT_FALSE(complete_.has_value()) << "no part after the end";
    parts_.push_back(std::move(part));
    unreported_ = true;
  }
  void EndStream(bool complete) override {
    if (!gone_) EXPECT_FALSE(unreported_) << "the last part is written first";
    EXPECT_FALSE(complete_.has_value()) << "one end";
    complete_ = complete;
    const auto ended = std::move(listener_);
  }
  bool gone() const override { return gone_; }

  // The previous part was written.
  void ReportWritten() {
    ASSERT_TRUE(std::exchange(unreported_, false)) << "nothing is being written";
    const auto listener = listener_;
    listener->OnWritten(true);
  }
  // From now on the caller is gone: parts fail. ReportGone reports it.
  void Go() { gone_ = true; }
  void ReportGone() {
    gone_ = true;
    const auto listener = listener_;
    if (listener == nullptr) return;
    if (std::exchange(unreported_, false)) listener->OnWritten(false);
    listener->OnGone();
  }

  bool responded() const { return response_.has_value(); }
  // The response, or the head of the stream.
  const WebResponse& response() const {
    static const WebResponse kNone = {.status = 0};
    return response_.has_value() ? *response_ : kNone;
  }
  absl::string_view Header(absl::string_view name) const { return FindHeader(response().headers, name); }
  const std::vector<std::string>& parts() const { return parts_; }
  // How the stream ended: nothing if it has not.
  std::optional<bool> complete() const { return complete_; }
  bool has_listener() const { return listener_ != nullptr; }

 private:
  WebRequest request_;
  std::optional<WebResponse> response_;
  std::vector<std::string> parts_;
  std::optional<bool> complete_;
  std::shared_ptr<StreamListener> listener_;
  bool unreported_ = false;
  bool gone_ = false;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_WEB_FAKE_EXCHANGE_H_
