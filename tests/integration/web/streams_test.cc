// Streams over HTTP: lines of JSON, server-sent events, slow readers.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "hookd/v1/delivery_service.pb.h"
#include "tests/integration/web/web_test.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kWatch[] = "/v1/projects/p/deliveries:watch?startTime=2020-01-01T00:00:00Z";
const httplib::Headers kEventStream = {{"Accept", "text/event-stream"}};

// A server-sent event.
struct SentEvent {
  std::string id, name, data;
};

std::vector<SentEvent> ReadEvents(absl::string_view body) {
  std::vector<SentEvent> events;
  for (const absl::string_view block : absl::StrSplit(body, "\n\n")) {
    SentEvent event;
    for (absl::string_view line : absl::StrSplit(block, '\n')) {
      if (absl::ConsumePrefix(&line, "id: ")) event.id = std::string(line);
      if (absl::ConsumePrefix(&line, "event: ")) event.name = std::string(line);
      if (absl::ConsumePrefix(&line, "data: ")) event.data = std::string(line);
    }
    if (!event.data.empty()) events.push_back(std::move(event));
  }
  return events;
}

class WebStreamsTest : public WebTest {
 protected:
  static std::string EventOf(const SentEvent& event) {
    v1::WatchDeliveriesResponse response;
    Read(event.data, &response);
    return response.delivery().event();
  }
};

TEST_F(WebStreamsTest, AWatchIsLinesOfJsonByDefault) {
  CreateWebhook("w");
  Emit();
  StreamReader watch(port(), kWatch, {});
  ASSERT_TRUE(watch.WaitFor("\n"));
  EXPECT_EQ(watch.status(), 200);
  EXPECT_THAT(watch.body(), StartsWith(R"({"result":{"delivery":{"name":"projects/p/deliveries/)"));
  Emit();
  EXPECT_TRUE(watch.WaitFor("\n", 2));
}

TEST_F(WebStreamsTest, AnEventStreamResumesFromItsLastIdWithoutAGap) {
  CreateWebhook("w", "/", R"(,"ordered":true)");
  for (int i = 0; i < 20; ++i) Emit();
  std::vector<SentEvent> all;
  {
    StreamReader watch(port(), kWatch, kEventStream);
    ASSERT_TRUE(watch.WaitFor("\n\n", 20));
    all = ReadEvents(watch.body());
  }
  ASSERT_EQ(all.size(), 20u);
  for (const SentEvent& event : all) EXPECT_FALSE(event.id.empty());
  httplib::Headers headers = kEventStream;
  headers.emplace("Last-Event-ID", all[9].id);
  StreamReader resumed(port(), kWatch, headers);
  ASSERT_TRUE(resumed.WaitFor(EventOf(all[19])));
  const auto rest = ReadEvents(resumed.body());
  // It repeats the event of that id, and those of the same millisecond.
  size_t first = 0;
  while (first < rest.size() && EventOf(rest[first]) != EventOf(all[9])) ++first;
  ASSERT_EQ(rest.size() - first, 11u);
  for (size_t i = 0; i < 11; ++i) EXPECT_EQ(EventOf(rest[first + i]), EventOf(all[9 + i]));
}

TEST_F(WebStreamsTest, ALastIdThatIsNoneIsRefused) {
  httplib::Headers headers = kEventStream;
  headers.emplace("Last-Event-ID", "nonsense");
  const auto response = Send("GET", kWatch, "", headers);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(FieldsOf(response), std::vector<std::string>{"Last-Event-ID"});
}

TEST_F(WebStreamsTest, AStreamThatCannotBeginIsAnErrorResponse) {
  EXPECT_EQ(Send("GET", "/v1/projects/p/deliveries:watch?filter=nonsense", "", kEventStream).status, 400);
  const auto html = Send("GET", kWatch, "", {{"Accept", "text/html"}});
  EXPECT_EQ(html.status, 406);
  EXPECT_THAT(html.body, HasSubstr("text/event-stream"));
}

TEST_F(WebStreamsTest, AStreamHasAHeadForHead) {
  const auto head = Send("HEAD", kWatch, "", kEventStream);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.get_header_value("Content-Type"), "text/event-stream");
  EXPECT_EQ(Send("GET", "/healthz").status, 200);
}

TEST_F(WebStreamsTest, AShutdownIsTheLastLineAndTheLastEvent) {
  Start({"--drain_timeout=0.2"});
  CreateWebhook("w");
  Emit();
  StreamReader lines(port(), kWatch, {});
  StreamReader events(port(), kWatch, kEventStream);
  ASSERT_TRUE(lines.WaitFor("\n") && events.WaitFor("\n\n"));
  EXPECT_EQ(server_->StopWithin(kPatience).exit_code, 0);
  EXPECT_TRUE(lines.WaitForEnd()) << "the last chunk arrives";
  EXPECT_TRUE(events.WaitForEnd());
  EXPECT_THAT(lines.body(), HasSubstr("\n{\"error\":{\"code\":14,"));
  const auto sent = ReadEvents(events.body());
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[1].name, "error");
  EXPECT_THAT(sent[1].data, StartsWith("{\"code\":14,"));
}

TEST_F(WebStreamsTest, ABackupThatNobodyReadsDoesNotHoldUpAStop) {
  Start({"--drain_timeout=0.2"});
  std::string batch = "[";
  const std::string email(15'000, 'x');
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&batch, i == 0 ? "" : ",", R"({"type":"sent","user":{"email":")", email, "\"}}");
  }
  Must("POST", "/v1/projects/p/events:emit", batch + "]");
  // More than a connection holds.
  const int slow = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(connect(slow, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::string request = "GET /v1:backup HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_EQ(write(slow, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  char first = 0;
  ASSERT_EQ(read(slow, &first, 1), 1);
  EXPECT_EQ(server_->StopWithin(kPatience).exit_code, 0);
  close(slow);
}

// A connection that reads only when it is told to.
class SlowReader {
 public:
  SlowReader(int port, const std::string& path) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int small = 4096;
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    const timeval patience = {.tv_sec = 30, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const std::string request = absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(write(socket_, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  }
  ~SlowReader() { close(socket_); }

  // Reads up to the end of the head.
  void ReadHead() {
    while (text_.find("\r\n\r\n") == std::string::npos && ReadSome()) {
    }
  }
  // Reads until `text` arrives; false if the connection ends without.
  bool ReadUntil(absl::string_view text) {
    while (text_.find(text.data(), 0, text.size()) == std::string::npos) {
      text_.erase(0, text_.size() < 1000 ? 0 : text_.size() - 1000);
      if (!ReadSome()) return false;
    }
    return true;
  }

 private:
  bool ReadSome() {
    char buffer[65536];
    const ssize_t count = read(socket_, buffer, sizeof(buffer));
    if (count > 0) text_.append(buffer, static_cast<size_t>(count));
    return count > 0;
  }

  const int socket_;
  std::string text_;
};

TEST_F(WebStreamsTest, ASlowReaderFallsBehindAloneAndIsToldSo) {
  Start({"--max_waiting_deliveries=1000000"});
  CreateWebhook("hangs", "/hangs");
  receiver_.Set("/hangs", {.hang = true});
  std::string batch = "[";
  for (int i = 0; i < 1000; ++i)
    absl::StrAppend(&batch, i == 0 ? "" : ",", R"({"type":"sent","user":{"id":1}})");
  batch += "]";
  // Far more outcomes than a watch may be behind and the connection holds.
  for (int i = 0; i < 30; ++i) Must("POST", "/v1/projects/p/events:emit", batch);
  CreateWebhook("good", "/good");
  SlowReader slow(port(), "/v1/projects/p/deliveries:watch");
  slow.ReadHead();
  StreamReader good(port(), "/v1/projects/p/deliveries:watch?filter=webhook%3D%22projects/p/webhooks/good%22",
                    {});
  Must("POST", "/v1/projects/p/webhooks/hangs:disable");
  Emit();
  EXPECT_TRUE(good.WaitFor("\n")) << "others go on";
  // All pending deliveries are canceled.
  const auto pending = [this] {
    return MustRead<v1::ListDeliveriesResponse>("GET",
                                                "/v1/projects/p/deliveries?pageSize=1&filter=state%3DPENDING")
               .deliveries_size() > 0;
  };
  const absl::Time deadline = absl::Now() + kPatience;
  while (pending() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(20));
  EXPECT_TRUE(slow.ReadUntil("{\"error\":{\"code\":8,"));
}

}  // namespace
}  // namespace hookd
