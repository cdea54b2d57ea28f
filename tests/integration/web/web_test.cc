#include "tests/integration/web/web_test.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace hookd {
namespace {

constexpr int kPatienceSeconds = 30;

int Occurrences(absl::string_view text, absl::string_view part) {
  int count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace

StreamReader::StreamReader(int port, const std::string& path, httplib::Headers headers)
    : client_("127.0.0.1", port) {
  client_.set_read_timeout(kPatienceSeconds);
  client_.set_url_encode(false);
  request_.method = "GET";
  request_.path = path;
  request_.headers = std::move(headers);
  request_.response_handler = [this](const httplib::Response& response) {
    absl::MutexLock lock(&mutex_);
    status_ = response.status;
    return true;
  };
  request_.content_receiver = [this](const char* data, size_t size, uint64_t, uint64_t) {
    absl::MutexLock lock(&mutex_);
    body_.append(data, size);
    return true;
  };
  thread_ = std::thread([this] {
    httplib::Response response;
    httplib::Error error = httplib::Error::Success;
    const bool complete = client_.send(request_, response, error);
    absl::MutexLock lock(&mutex_);
    complete_ = complete;
    ended_ = true;
  });
}

StreamReader::~StreamReader() {
  client_.stop();
  thread_.join();
}

bool StreamReader::WaitFor(absl::string_view text, int count) {
  absl::MutexLock lock(&mutex_);
  const auto there = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return ended_ || Occurrences(body_, text) >= count;
  };
  mutex_.AwaitWithTimeout(absl::Condition(&there), absl::Seconds(kPatienceSeconds));
  return Occurrences(body_, text) >= count;
}

bool StreamReader::WaitForEnd() {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&ended_), absl::Seconds(kPatienceSeconds));
  return ended_ && complete_;
}

int StreamReader::status() {
  absl::MutexLock lock(&mutex_);
  return status_;
}

std::string StreamReader::body() {
  absl::MutexLock lock(&mutex_);
  return body_;
}

void WebTest::Start(std::vector<std::string> flags, std::vector<std::string> environment) {
  server_ = ServerProcess::Start(data_.path(), std::move(flags), std::move(environment));
  ASSERT_NE(server_, nullptr);
}

int WebTest::port() {
  if (server_ == nullptr) Start();
  return server_->http_port();
}

httplib::Response WebTest::Send(const std::string& method, const std::string& path, const std::string& body,
                                httplib::Headers headers) {
  httplib::Client client("127.0.0.1", port());
  client.set_read_timeout(kPatienceSeconds);
  client.set_url_encode(false);
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.headers = std::move(headers);
  request.body = body;
  if (!body.empty() && !request.has_header("Content-Type")) {
    request.set_header("Content-Type", "application/json");
  }
  httplib::Response response;
  httplib::Error error = httplib::Error::Success;
  EXPECT_TRUE(client.send(request, response, error)) << httplib::to_string(error);
  return response;
}

std::string WebTest::Must(const std::string& method, const std::string& path, const std::string& body) {
  const httplib::Response response = Send(method, path, body);
  EXPECT_EQ(response.status, 200) << method << " " << path << ": " << response.body;
  return response.body;
}

void WebTest::Read(const std::string& json, google::protobuf::Message* message) {
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, message);
  EXPECT_TRUE(parsed.ok()) << parsed << ": " << json;
}

std::vector<std::string> WebTest::FieldsOf(const httplib::Response& response) {
  google::rpc::Status status;
  Read(response.body, &status);
  google::rpc::BadRequest bad_request;
  if (status.details_size() == 0 || !status.details(0).UnpackTo(&bad_request)) return {};
  std::vector<std::string> fields;
  for (const auto& violation : bad_request.field_violations()) fields.push_back(violation.field());
  return fields;
}

void WebTest::CreateWebhook(const std::string& id, const std::string& path, const std::string& more) {
  constexpr const char* kTypes[] = {"SENT",         "DELIVERED",  "OPENED",       "CLICKED",
                                    "FAILED",       "BOUNCED",    "CONVERTED",    "UNSUBSCRIBED",
                                    "RESUBSCRIBED", "COMPLAINED", "USER_CREATED", "USER_UPDATED"};
  std::string types;
  for (const char* type : kTypes)
    absl::StrAppend(&types, types.empty() ? "" : ",", "\"EVENT_TYPE_", type, "\"");
  Must("POST", "/v1/projects/p/webhooks?webhookId=" + id,
       absl::StrCat(R"({"url":")", receiver_.Url(path), R"(","eventTypes":[)", types, "]", more, "}"));
}

void WebTest::Emit() {
  Must("POST", "/v1/projects/p/events:emit", R"({"event":{"sent":{"user":{"email":"e"}}}})");
}

std::string WebTest::NextReceived() {
  ++received_;
  if (!receiver_.WaitForRequests(received_, kPatience)) return "nothing";
  return receiver_.requests()[received_ - 1].body;
}

}  // namespace hookd
