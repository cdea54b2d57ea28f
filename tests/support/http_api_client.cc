// The client of the API over HTTP: maps methods by their google.api.http annotations.
#include <httplib.h>

#include <deque>
#include <set>
#include <thread>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "tests/support/api_client.h"

namespace hookd {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
namespace json = google::protobuf::util;

constexpr int kPatienceSeconds = 60;

// google/rpc/code.proto.
int HttpStatusOf(int code) {
  static constexpr int kStatuses[] = {200, 499, 500, 400, 504, 404, 409, 403, 429,
                                      400, 409, 400, 501, 500, 503, 500, 401};
  return kStatuses[code];
}

std::string ToJson(const Message& message) {
  std::string text;
  EXPECT_TRUE(json::MessageToJsonString(message, &text).ok());
  return text;
}

// A segment of a path, or a query parameter.
std::string Encode(absl::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
    if (plain) {
      encoded += c;
    } else {
      absl::StrAppend(&encoded, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
  }
  return encoded;
}

// Takes the string at a field path out of the message.
std::string TakeText(absl::string_view path, Message* message) {
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (size_t i = 0; i + 1 < names.size(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(names[i]);
    message = message->GetReflection()->MutableMessage(message, field);
  }
  const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(names.back());
  std::string text = message->GetReflection()->GetString(*message, field);
  message->GetReflection()->ClearField(message, field);
  return text;
}

std::string ScalarText(const Message& message, const FieldDescriptor* field, int index) {
  const auto* reflection = message.GetReflection();
  const bool repeated = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return repeated ? reflection->GetRepeatedString(message, field, index)
                      : reflection->GetString(message, field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return (repeated ? reflection->GetRepeatedEnum(message, field, index)
                       : reflection->GetEnum(message, field))
          ->name();
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(message, field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection->GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection->GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat(reflection->GetDouble(message, field));
    default:
      ADD_FAILURE() << "no query parameter: " << field->full_name();
      return "";
  }
}

// Adds the fields that are set as query parameters.
void AppendQuery(const Message& message, absl::string_view prefix, std::vector<std::string>* query) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string name = absl::StrCat(prefix, field->json_name());
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const Message& value = message.GetReflection()->GetMessage(message, field);
      const std::string& type = value.GetDescriptor()->full_name();
      if (!absl::StartsWith(type, "google.protobuf.")) {
        AppendQuery(value, absl::StrCat(name, "."), query);
        continue;
      }
      const std::string text = ToJson(value);
      query->push_back(absl::StrCat(name, "=", Encode(text.substr(1, text.size() - 2))));
      continue;
    }
    const int count = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      query->push_back(absl::StrCat(name, "=", Encode(ScalarText(message, field, i))));
    }
  }
}

// The path of a template, with its variables from the request, which loses them.
std::string Expand(absl::string_view pattern, Message* request) {
  std::string path;
  while (!pattern.empty()) {
    const size_t open = std::min(pattern.find('{'), pattern.size());
    absl::StrAppend(&path, pattern.substr(0, open));
    pattern.remove_prefix(open);
    if (pattern.empty()) break;
    const size_t close = pattern.find('}');
    const absl::string_view variable = pattern.substr(1, close - 1);
    const std::string value = TakeText(variable.substr(0, variable.find('=')), request);
    const std::vector<std::string> segments = absl::StrSplit(value, '/');
    path += absl::StrJoin(segments, "/", [](std::string* out, const std::string& s) { *out += Encode(s); });
    pattern.remove_prefix(close + 1);
  }
  return path;
}

// The rule of the method for a request: an additional one if the request has its `parent` and no `name`.
const google::api::HttpRule& RuleOf(const MethodDescriptor& method, const Message& message) {
  const google::api::HttpRule& rule = method.options().GetExtension(google::api::http);
  const FieldDescriptor* name = message.GetDescriptor()->FindFieldByName("name");
  if (rule.additional_bindings().empty() || name == nullptr) return rule;
  const bool is_named = !message.GetReflection()->GetString(message, name).empty();
  return is_named ? rule : rule.additional_bindings(0);
}

httplib::Request MakeRequest(const MethodDescriptor& method, const Message& message,
                             const std::string& token) {
  const google::api::HttpRule& rule = RuleOf(method, message);
  httplib::Request request;
  const std::unique_ptr<Message> rest(message.New());
  rest->CopyFrom(message);
  std::string pattern;
  switch (rule.pattern_case()) {
    case google::api::HttpRule::kGet:
      request.method = "GET", pattern = rule.get();
      break;
    case google::api::HttpRule::kPost:
      request.method = "POST", pattern = rule.post();
      break;
    case google::api::HttpRule::kPatch:
      request.method = "PATCH", pattern = rule.patch();
      break;
    case google::api::HttpRule::kDelete:
      request.method = "DELETE", pattern = rule.delete_();
      break;
    default:
      ADD_FAILURE() << method.full_name() << " has no HTTP rule";
  }
  request.path = Expand(pattern, rest.get());
  if (rule.body() == "*") {
    request.body = ToJson(*rest);
    rest->Clear();
  } else if (!rule.body().empty()) {
    const FieldDescriptor* body = rest->GetDescriptor()->FindFieldByName(rule.body());
    request.body = ToJson(rest->GetReflection()->GetMessage(*rest, body));
    rest->GetReflection()->ClearField(rest.get(), body);
  }
  std::vector<std::string> query;
  AppendQuery(*rest, "", &query);
  if (!query.empty()) absl::StrAppend(&request.path, "?", absl::StrJoin(query, "&"));
  if (!request.body.empty()) request.set_header("Content-Type", "application/json");
  if (!token.empty()) request.set_header("Authorization", "Bearer " + token);
  return request;
}

absl::Status ReadError(absl::string_view text) {
  // The type of each detail must be linked.
  static const bool linked = google::rpc::RetryInfo::descriptor() != nullptr;
  google::rpc::Status proto;
  const auto parsed = json::JsonStringToMessage(std::string(text), &proto);
  EXPECT_TRUE(parsed.ok() && linked) << parsed << " in " << text;
  return FromProto(proto);
}

absl::Status ReadErrorResponse(int status, const httplib::Headers& headers, absl::string_view body) {
  const absl::Status error = ReadError(body);
  EXPECT_EQ(status, HttpStatusOf(static_cast<int>(error.code()))) << body;
  const auto has = [&headers](const char* name) { return headers.count(name) > 0; };
  EXPECT_EQ(has("WWW-Authenticate"), status == 401);
  EXPECT_EQ(has("Retry-After"), error.GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value());
  return error;
}

void Configure(httplib::Client* client) {
  client->set_url_encode(false);
  client->set_read_timeout(kPatienceSeconds);
  client->set_keep_alive(true);
  client->set_tcp_nodelay(true);
}

// A stream of newline-delimited JSON, read on a thread of its own.
class HttpStream : public ApiClient::Stream {
 public:
  HttpStream(int port, httplib::Request request) : client_("127.0.0.1", port), request_(std::move(request)) {
    Configure(&client_);
    request_.set_header("Accept", "application/x-ndjson");
    request_.response_handler = [this](const httplib::Response& response) {
      absl::MutexLock lock(&mutex_);
      status_ = response.status;
      headers_ = response.headers;
      return !cancelled_;
    };
    request_.content_receiver = [this](const char* data, size_t size, uint64_t, uint64_t) {
      return Receive(absl::string_view(data, size));
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
  ~HttpStream() override {
    Cancel();
    thread_.join();
  }

  bool Read(Message* response) override {
    while (true) {
      std::string line;
      if (!TakeLine(&line)) return false;
      absl::string_view object = line;
      if (absl::ConsumePrefix(&object, "{\"error\":") && absl::ConsumeSuffix(&object, "}")) {
        error_ = ReadError(object);
        continue;
      }
      if (!absl::ConsumePrefix(&object, "{\"result\":") || !absl::ConsumeSuffix(&object, "}")) {
        ADD_FAILURE() << "not a line of a stream: " << line;
        return false;
      }
      const auto parsed = json::JsonStringToMessage(std::string(object), response);
      EXPECT_TRUE(parsed.ok()) << parsed << " in " << line;
      return true;
    }
  }

  void Cancel() override {
    {
      absl::MutexLock lock(&mutex_);
      if (ended_) return;
      cancelled_ = true;
    }
    client_.stop();
  }

  absl::Status Finish() override {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&ended_));
    if (cancelled_) return absl::CancelledError();
    if (status_ != 0 && status_ != 200) return ReadErrorResponse(status_, headers_, text_);
    if (!error_.ok()) return error_;
    return complete_ ? absl::OkStatus() : absl::UnknownError("the stream was cut without an error");
  }

 private:
  bool Receive(absl::string_view data) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    absl::StrAppend(&text_, data);
    return !cancelled_;
  }
  bool HasLine() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return status_ == 200 && text_.find('\n') != std::string::npos;
  }
  bool TakeLine(std::string* line) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    const auto ready = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return ended_ || cancelled_ || HasLine(); };
    mutex_.Await(absl::Condition(&ready));
    if (cancelled_ || !HasLine()) return false;
    const size_t end = text_.find('\n');
    *line = text_.substr(0, end);
    text_.erase(0, end + 1);
    return true;
  }

  httplib::Client client_;
  httplib::Request request_;
  absl::Status error_;  // the last line's
  absl::Mutex mutex_;
  int status_ ABSL_GUARDED_BY(mutex_) = 0;
  httplib::Headers headers_ ABSL_GUARDED_BY(mutex_);
  std::string text_ ABSL_GUARDED_BY(mutex_);
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

class HttpApiClient : public ApiClient {
 public:
  HttpApiClient(int port, const std::string& token) : port_(port), token_(token), client_("127.0.0.1", port) {
    Configure(&client_);
  }

  absl::Status Call(absl::string_view method, const Message& request, Message* response) override {
    httplib::Request http = MakeRequest(FindApiMethod(method), request, token_);
    httplib::Response answer;
    httplib::Error error = httplib::Error::Success;
    if (!client_.send(http, answer, error)) {
      return absl::UnavailableError(absl::StrCat("no answer: ", httplib::to_string(error)));
    }
    EXPECT_EQ(answer.get_header_value("Content-Type"), "application/json");
    if (answer.status != 200) return ReadErrorResponse(answer.status, answer.headers, answer.body);
    const auto parsed = json::JsonStringToMessage(answer.body, response);
    EXPECT_TRUE(parsed.ok()) << parsed << " in " << answer.body;
    return absl::OkStatus();
  }

  std::unique_ptr<Stream> Open(absl::string_view method, const Message& request) override {
    return std::make_unique<HttpStream>(port_, MakeRequest(FindApiMethod(method), request, token_));
  }

 private:
  const int port_;
  const std::string token_;
  httplib::Client client_;
};

}  // namespace

std::unique_ptr<ApiClient> MakeHttpApiClient(int port, const std::string& token) {
  return std::make_unique<HttpApiClient>(port, token);
}

}  // namespace hookd
