// What the tests of HTTP have in common: a real hookd that is called by cpp-httplib.
//
// Not thread-safe.
#ifndef HOOKD_TESTS_INTEGRATION_WEB_WEB_TEST_H_
#define HOOKD_TESTS_INTEGRATION_WEB_WEB_TEST_H_

#include <httplib.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "tests/support/http_receiver.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {

// A response that is read as it arrives, on a thread of its own. Thread-safe. The destructor ends the
// request.
class StreamReader {
 public:
  StreamReader(int port, const std::string& path, httplib::Headers headers);
  ~StreamReader();

  // Waits until the body has so many occurrences of `text`; false if it ends, or much time passes, without.
  bool WaitFor(absl::string_view text, int count = 1) ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits for the end of the response, and returns whether it was complete.
  bool WaitForEnd() ABSL_LOCKS_EXCLUDED(mutex_);
  int status() ABSL_LOCKS_EXCLUDED(mutex_);
  std::string body() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  httplib::Client client_;
  httplib::Request request_;
  absl::Mutex mutex_;
  int status_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string body_ ABSL_GUARDED_BY(mutex_);
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

class WebTest : public ::testing::Test {
 protected:
  static constexpr absl::Duration kPatience = absl::Seconds(30);

  // Starts hookd; the tests whose hookd has no flags need not.
  void Start(std::vector<std::string> flags = {}, std::vector<std::string> environment = {});
  int port();

  // Makes a request and returns its response, whose status is -1, with a test failure, if there is none. A
  // body is JSON unless the headers say otherwise.
  httplib::Response Send(const std::string& method, const std::string& path, const std::string& body = "",
                         httplib::Headers headers = {});
  // Likewise, for a request that must succeed. Returns the body.
  std::string Must(const std::string& method, const std::string& path, const std::string& body = "");
  template <typename Message>
  Message MustRead(const std::string& method, const std::string& path, const std::string& body = "") {
    Message message;
    Read(Must(method, path, body), &message);
    return message;
  }
  // The fields of a BadRequest.
  static std::vector<std::string> FieldsOf(const httplib::Response& response);
  // Parses JSON with Protocol Buffers.
  static void Read(const std::string& json, google::protobuf::Message* message);

  // A webhook of project p for all types, which receives at `path`.
  void CreateWebhook(const std::string& id, const std::string& path = "/", const std::string& more = "");
  // Emits an event of type sent to project p.
  void Emit();
  // The body of the next request that arrives at the receiver.
  std::string NextReceived();

  TempDir data_;
  HttpReceiver receiver_;
  std::unique_ptr<ServerProcess> server_;

 private:
  size_t received_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_INTEGRATION_WEB_WEB_TEST_H_
